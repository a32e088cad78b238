//! What the request fields mean for the connection: whether it persists, whether it may switch to
//! another protocol, and whether the client waits before it sends the body.
//!
//! RFC 9112 section 9.3, RFC 9110 sections 7.6.1, 7.8 and 10.1.1.

use super::Version;
use crate::PeerError;
use crate::http1::fields::members;

/// Collects `Connection`, `Upgrade` and `Expect` while the fields are parsed.
#[derive(Debug, Default)]
pub(super) struct Persistence {
    close: bool,
    keep_alive: bool,
    upgrade_option: bool,
    upgrade_field: bool,
    websocket: bool,
    expects_continue: bool,
    unknown_expectation: bool,
}

impl Persistence {
    /// Adds one `Connection`.
    pub(super) fn connection(&mut self, value: &[u8]) {
        for option in members(value) {
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade_option |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }

    /// Adds one `Upgrade`.
    pub(super) fn upgrade(&mut self, value: &[u8]) {
        self.upgrade_field = true;
        self.websocket |= members(value).any(|protocol| {
            let name = protocol.split(|byte| *byte == b'/').next().unwrap_or_default();
            name.eq_ignore_ascii_case(b"websocket")
        });
    }

    /// Adds one `Expect`.
    pub(super) fn expect(&mut self, value: &[u8]) {
        for expectation in members(value) {
            if expectation.eq_ignore_ascii_case(b"100-continue") {
                self.expects_continue = true;
            } else {
                self.unknown_expectation = true;
            }
        }
    }

    /// Whether the connection may persist. `close` has precedence.
    ///
    /// After a request for a WebSocket no other one follows: a proxy may take what follows for frames,
    /// also if the handshake is refused, and pass requests of its client on unseen (RFC 9112 section
    /// 11.2). Such a client gives up its connection (RFC 6455 section 4.1).
    pub(super) fn keeps_alive(&self, version: Version) -> bool {
        !self.close && !self.websocket && (version >= Version::Http11 || self.keep_alive)
    }

    /// Whether the client offers to switch. A 1.0 client cannot: its `Upgrade` is ignored.
    pub(super) fn upgrades(&self, version: Version) -> bool {
        self.upgrade_field && self.upgrade_option && version >= Version::Http11
    }

    /// Whether the client waits for `100 Continue`. A 1.0 client does not: its `Expect` is ignored.
    pub(super) fn expects_continue(&self, version: Version) -> Result<bool, PeerError> {
        if version == Version::Http10 {
            Ok(false)
        } else if self.unknown_expectation {
            Err(PeerError::UnknownExpectation)
        } else {
            Ok(self.expects_continue)
        }
    }
}

#[cfg(test)]
mod tests {
    use Version::{Http10, Http11};

    use super::*;

    #[test]
    fn a_connection_persists_according_to_its_version() {
        for (values, on_1_0, on_1_1) in [
            (&[][..], false, true),
            (&[""], false, true),
            (&["foo"], false, true),
            (&["keep-alive"], true, true),
            (&["Keep-Alive, foo"], true, true),
            (&["foo", "KEEP-ALIVE"], true, true),
            (&["close"], false, false),
            (&["keep-alive, Close"], false, false),
            (&["close", "keep-alive"], false, false),
            (&["closed"], false, true),
            (&["\"close\""], false, true),
            // RFC 9110 section 5.6.1.2: empty members are skipped; nothing here frames a message.
            (&[",close,"], false, false),
            (&["", "keep-alive", ","], true, true),
        ] {
            let mut persistence = Persistence::default();
            values.iter().for_each(|value| persistence.connection(value.as_bytes()));
            assert_eq!(persistence.keeps_alive(Http10), on_1_0, "{values:?}");
            assert_eq!(persistence.keeps_alive(Http11), on_1_1, "{values:?}");
        }
    }

    #[test]
    fn no_request_follows_one_for_a_websocket() {
        for (value, on_1_1) in [
            ("websocket", false),
            ("h2c, WebSocket", false),
            ("websocket/13", false),
            ("h2c", true),
            ("websockets", true),
            ("", true),
        ] {
            let mut persistence = Persistence::default();
            persistence.connection(b"keep-alive");
            persistence.upgrade(value.as_bytes());
            assert_eq!(persistence.keeps_alive(Http11), on_1_1, "{value:?}");
            assert_eq!(persistence.keeps_alive(Http10), on_1_1, "{value:?}");
        }
    }

    #[test]
    fn an_upgrade_needs_the_field_and_the_option() {
        for (field, option) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut persistence = Persistence::default();
            if field {
                persistence.upgrade(b"x");
            }
            if option {
                persistence.connection(b"keep-alive, Upgrade");
            }
            assert_eq!(persistence.upgrades(Http11), field && option);
            assert!(!persistence.upgrades(Http10));
        }
    }

    #[test]
    fn only_100_continue_can_be_expected() {
        let unknown = Err(PeerError::UnknownExpectation);
        for (value, expected) in [
            ("100-continue", Ok(true)),
            ("100-Continue, 100-continue", Ok(true)),
            ("", Ok(false)),
            (",100-continue,", Ok(true)),
            (",", Ok(false)),
            ("100-continue, foo", unknown),
            ("100", unknown),
            ("100-continue;a=b", unknown),
            ("\"100-continue\"", unknown),
        ] {
            let mut persistence = Persistence::default();
            persistence.expect(value.as_bytes());
            assert_eq!(persistence.expects_continue(Http11), expected, "{value:?}");
            assert_eq!(persistence.expects_continue(Http10), Ok(false), "{value:?}");
        }
    }
}
