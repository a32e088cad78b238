//! Connections that are encrypted below the engine.

use std::time::Duration;

use super::*;
use crate::{Cause, TlsDetails};

/// A connection whose handshake is in progress.
fn encrypted() -> Wire {
    Wire::with(Config { tls_cert: "cert.pem".to_owned(), ..Config::default() })
}

fn details() -> TlsDetails {
    TlsDetails { version: "TLSv1.3", ..TlsDetails::default() }
}

#[test]
fn a_handshake_can_be_given_up_and_what_follows_it_cannot() {
    for is_done in [false, true] {
        let mut wire = encrypted();
        let now = wire.now();
        if is_done {
            wire.connection.encryption().handshake_done(&now, details);
        }
        wire.connection.encryption().close_handshake();
        assert_eq!(wire.connection.peek().is_closed(), !is_done);
    }
}

#[test]
fn a_handshake_has_its_time_and_then_the_first_head() {
    let mut wire = encrypted();
    let at = |wire: &Wire| wire.connection.poll_deadline().map(|next| next.cause);
    assert_eq!(at(&wire), Some(Cause::Handshake));
    let now = wire.now();
    assert_eq!(wire.connection.peek().tls(), None);
    wire.connection.encryption().handshake_done(&now, details);
    assert_eq!(wire.connection.peek().tls().map(|tls| tls.version), Some("TLSv1.3"));
    assert_eq!(at(&wire), Some(Cause::Head));
    wire.feed(GET);
    wire.say(&[Say::End("hi")]);
    assert_eq!(wire.fate(), "kept");
    let mut wire = encrypted();
    wire.pass(Duration::from_secs(10));
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::HandshakeTimeout));
}

#[test]
fn a_request_without_encryption_is_refused() {
    let mut wire = encrypted();
    let now = wire.now();
    wire.connection.encryption().is_missing(&now);
    wire.say(&[]);
    assert_eq!(wire.faults, [PeerError::NotEncrypted]);
    // It means nothing once the handshake is done.
    let mut wire = encrypted();
    wire.connection.encryption().handshake_done(&now, details);
    wire.connection.encryption().is_missing(&now);
    wire.say(&[]);
    assert_eq!(wire.faults, []);
}
