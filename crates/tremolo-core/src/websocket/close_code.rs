//! Close codes (RFC 6455 section 7.4).

use std::fmt;

/// A close code (section 7.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose of the connection is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server stops, or the page was left.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer violated the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of message that is not accepted.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1005: a close frame without a code arrived. Never sent.
    pub const NO_CODE: Self = Self(1005);
    /// 1006: the connection ended without a close frame. Never sent.
    pub const ABNORMAL: Self = Self(1006);
    /// 1007: the content does not fit the kind of the message, such as text that is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a policy was violated.
    pub const POLICY_VIOLATION: Self = Self(1008);
    /// 1009: a message is too big.
    pub const MESSAGE_TOO_BIG: Self = Self(1009);
    /// 1011: the server failed.
    pub const INTERNAL_ERROR: Self = Self(1011);

    /// Any number; see [`CloseCode::may_be_sent`].
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// Whether a close frame may contain it: the defined codes and those of the IANA registry (1000
    /// to 1003, 1007 to 1014), and the range of libraries and applications (3000 to 4999). Others
    /// are reserved, or are never sent (section 7.4.2).
    ///
    /// ```
    /// use tremolo_core::websocket::CloseCode;
    ///
    /// assert!(CloseCode::NORMAL.may_be_sent() && CloseCode::new(4000).may_be_sent());
    /// assert!(!CloseCode::NO_CODE.may_be_sent() && !CloseCode::new(2999).may_be_sent());
    /// ```
    #[must_use]
    pub const fn may_be_sent(self) -> bool {
        matches!(self.0, 1000..=1003 | 1007..=1014 | 3000..=4999)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_defined_and_private_codes_are_sent() {
        for (code, expected) in [
            (0, false),
            (999, false),
            (1000, true),
            (1003, true),
            (1004, false),
            (1005, false),
            (1006, false),
            (1007, true),
            (1014, true),
            (1015, false),
            (1016, false),
            (2999, false),
            (3000, true),
            (4999, true),
            (5000, false),
            (65535, false),
        ] {
            assert_eq!(CloseCode::new(code).may_be_sent(), expected, "{code}");
        }
    }
}
