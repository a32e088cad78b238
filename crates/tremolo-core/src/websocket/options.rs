//! The options of sessions, from the configuration.

use std::time::Duration;

use tremolo_config::Config;

use super::compressor::IS_AVAILABLE;

/// What sessions may do, and for how long.
///
/// ```
/// use tremolo_core::Config;
/// use tremolo_core::websocket::Options;
///
/// let options = Options::new(&Config::default());
/// assert_eq!(options.max_message_size, 2 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bytes of a received message, after decompression: `ws_max_payload_size`.
    pub max_message_size: usize,
    /// Fragments of a received message: `ws_max_fragments`.
    pub max_fragments: usize,
    /// Whether permessage-deflate is negotiated: `ws_compression`. False without the feature
    /// `websocket-deflate`.
    pub compression: bool,
    /// Bytes from which on a message is compressed: `ws_compression_min_size`.
    pub compression_min_size: usize,
    /// Whether compressed messages may refer to earlier ones: `ws_context_takeover`.
    pub context_takeover: bool,
    /// Silence after which a ping is sent; `None`: never. `ws_ping_interval`.
    pub ping_interval: Option<Duration>,
    /// Further silence after which the session fails: `ws_ping_timeout`.
    pub ping_timeout: Duration,
    /// Time for the peer's close frame after ours: `ws_close_timeout`.
    pub close_timeout: Duration,
    /// What the application receives. Whole messages, unless it asks for fragments.
    pub delivery: Delivery,
}

impl Options {
    /// The options of a configuration.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let half = config.request_timeout / 2;
        let ping_interval = config.ws_ping_interval.unwrap_or(half);
        Self {
            max_message_size: config.ws_max_payload_size,
            max_fragments: config.ws_max_fragments,
            compression: config.ws_compression && IS_AVAILABLE,
            compression_min_size: config.ws_compression_min_size,
            context_takeover: config.ws_context_takeover,
            ping_interval: Some(ping_interval).filter(|interval| !interval.is_zero()),
            ping_timeout: config.ws_ping_timeout.unwrap_or(half),
            close_timeout: config.ws_close_timeout,
            delivery: Delivery::Messages,
        }
    }
}

/// What the application receives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole messages.
    #[default]
    Messages,
    /// Each fragment when it is complete. The limits still apply to whole messages.
    Fragments,
}
