//! What a handshake has agreed on, as the engine keeps it for the handlers.

use rustls::{CipherSuite, ProtocolVersion, ServerConnection, SupportedCipherSuite};
use tremolo_core::TlsDetails;

/// The details of a session whose handshake is complete.
pub(crate) fn of(tls: &ServerConnection) -> TlsDetails {
    let mut details = TlsDetails::default();
    details.version = match tls.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    details.version_number = tls.protocol_version().map_or(0, Into::into);
    let cipher = tls.negotiated_cipher_suite();
    details.cipher = cipher.map_or("", name);
    details.cipher_number = cipher.map_or(0, |cipher| cipher.suite().into());
    details.server_name = tls.server_name().map(Into::into);
    let chain = tls.peer_certificates().unwrap_or_default();
    details.client_certificate = chain.first().map(|certificate| certificate.as_ref().into());
    details
}

/// The name of a cipher suite in the registry of the IANA. rustls has others for those of TLS 1.3.
fn name(suite: SupportedCipherSuite) -> &'static str {
    match suite.suite() {
        CipherSuite::TLS13_AES_128_GCM_SHA256 => "TLS_AES_128_GCM_SHA256",
        CipherSuite::TLS13_AES_256_GCM_SHA384 => "TLS_AES_256_GCM_SHA384",
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => "TLS_CHACHA20_POLY1305_SHA256",
        other => other.as_str().unwrap_or_default(),
    }
}
