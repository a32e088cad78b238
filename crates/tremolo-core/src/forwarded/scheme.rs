//! The scheme between a client and the first proxy (RFC 9110 section 4.2).

use std::fmt;

use tremolo_config::Config;

/// The scheme of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`, or `ws`.
    Http,
    /// `https`, or `wss`.
    Https,
}

impl Scheme {
    /// The scheme of the connections of a listener.
    ///
    /// ```
    /// use tremolo_core::{Config, forwarded::Scheme};
    ///
    /// assert_eq!(Scheme::of(&Config::default()), Scheme::Http);
    /// ```
    #[must_use]
    pub fn of(config: &Config) -> Self {
        if config.is_tls() { Self::Https } else { Self::Http }
    }

    /// The name: `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(super) fn parse(name: &[u8]) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("https") || is("wss") {
            Some(Self::Https)
        } else {
            (is("http") || is("ws")).then_some(Self::Http)
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
