//! The limits of a request body.

use tremolo_config::Config;

/// The limits of one body. They may change between any two calls, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of payload, chunk framing not counted (`client_max_body_size`, or the route's own).
    pub body_size: u64,
    /// Bytes of a trailer section (`client_max_header_size`).
    pub trailer_size: usize,
    /// Fields of a trailer section (`client_max_header_fields`).
    pub trailer_fields: usize,
}

impl From<&Config> for Limits {
    fn from(config: &Config) -> Self {
        Self {
            body_size: config.client_max_body_size,
            trailer_size: config.client_max_header_size,
            trailer_fields: config.client_max_header_fields,
        }
    }
}
