//! The client of a session, and the certificate of the server.

use std::io::{Read, Write};
use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use tremolo_core::Config;
use tremolo_tls::TlsContext;

use super::wire::Wire;

/// The server's certificate, and clients that trust it.
pub(super) struct Pki {
    pub(super) context: TlsContext,
    new: Arc<ClientConfig>,
    old: Arc<ClientConfig>,
}

/// Made once for all inputs.
pub(super) static PKI: LazyLock<Pki> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let config =
        Config { tls_cert: path("cert.pem"), tls_key: path("key.pem"), ..Config::default() };
    std::fs::write(&config.tls_cert, made.cert.pem()).expect("a file");
    std::fs::write(&config.tls_key, made.signing_key.serialize_pem()).expect("a file");
    let context = TlsContext::load(&config).expect("valid files").expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a certificate of ours");
    let client = |version: &'static SupportedProtocolVersion| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_protocol_versions(&[version]).expect("a version of ours");
        let mut client = builder.with_root_certificates(roots.clone()).with_no_client_auth();
        // Each conversation has a whole handshake, whatever came before it.
        client.resumption = rustls::client::Resumption::disabled();
        Arc::new(client)
    };
    Pki { context, new: client(&rustls::version::TLS13), old: client(&rustls::version::TLS12) }
});

const NAME: &str = "localhost";

/// A client, what it has sent, and what has reached it.
pub(super) struct Peer {
    tls: ClientConnection,
    pub(super) sent: Vec<u8>,
    pub(super) received: Vec<u8>,
    /// Bytes that the server has offered to write, and that are not reported as written.
    pub(super) unreported: Vec<u8>,
    pub(super) is_closed: bool,
    has_failed: bool,
}

impl Peer {
    pub(super) fn new(is_old: bool) -> Self {
        let config = Arc::clone(if is_old { &PKI.old } else { &PKI.new });
        let name = NAME.try_into().expect("a name");
        Self {
            tls: ClientConnection::new(config, name).expect("a valid configuration"),
            sent: Vec::new(),
            received: Vec::new(),
            unreported: Vec::new(),
            is_closed: false,
            has_failed: false,
        }
    }

    /// Whether the handshake is complete for the client.
    pub(super) fn is_begun(&self) -> bool {
        !self.tls.is_handshaking()
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        if self.is_begun() && !self.is_closed && !self.has_failed {
            let count = self.tls.writer().write(bytes).expect("memory");
            self.sent.extend_from_slice(&bytes[..count]);
        }
    }

    pub(super) fn close(&mut self) {
        if self.is_begun() {
            self.tls.send_close_notify();
            self.is_closed = true;
        }
    }

    pub(super) fn renew_keys(&mut self) {
        if self.is_begun() && !self.is_closed && !self.has_failed {
            // TLS 1.2 has no such message.
            let _ = self.tls.refresh_traffic_keys();
        }
    }

    /// Moves what the client has to the server.
    pub(super) fn give(&mut self, wire: &mut Wire) {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut wire.to_server).expect("memory");
        }
    }

    /// Reads what the server has sent, until the first error.
    pub(super) fn take(&mut self, wire: &mut Wire) {
        let bytes = std::mem::take(&mut wire.to_client);
        let mut bytes = bytes.as_slice();
        while !bytes.is_empty() && !self.has_failed {
            let read = self.tls.read_tls(&mut bytes);
            self.has_failed = !matches!(read, Ok(1..)) || self.tls.process_new_packets().is_err();
            let mut room = [0; 4_096];
            while let Ok(count @ 1..) = self.tls.reader().read(&mut room) {
                self.received.extend_from_slice(&room[..count]);
            }
        }
    }
}
