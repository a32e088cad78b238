//! TLS: handshakes, and sessions.

use std::fs;
use std::io::{Read, Write};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};
use tempfile::TempDir;
use tremolo::config::{MemoryState, memory_bound};

use crate::peer::{Peer, get};
use crate::server::Server;

/// A server with a certificate.
struct Encrypted {
    server: Server,
    trusted: CertificateDer<'static>,
    _folder: TempDir,
}

impl Encrypted {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        fs::write(path("cert.pem"), cert.pem()).unwrap();
        fs::write(path("key.pem"), signing_key.serialize_pem()).unwrap();
        let options =
            [("TREMOLO_TLS_CERT", path("cert.pem")), ("TREMOLO_TLS_KEY", path("key.pem"))];
        let options: Vec<_> = options.iter().map(|(name, path)| (*name, path.as_str())).collect();
        let trusted = cert.der().clone();
        Self { server: Server::start(&options), trusted, _folder: folder }
    }

    fn session(&self) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(self.trusted.clone()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
    }

    /// A connection that has got a part of the response.
    fn connect(&self, server: &Server, path: &str, read: usize) -> (Peer, ClientConnection) {
        let (mut peer, mut session) = (Peer::connect(server), self.session());
        let mut stream = Stream::new(&mut session, peer.stream());
        stream.write_all(get(path).as_bytes()).unwrap();
        stream.read_exact(&mut vec![0; read]).unwrap();
        (peer, session)
    }
}

/// A message of the handshake may have 64 KiB.
#[test]
fn a_handshake_that_does_not_end() {
    let encrypted = Encrypted::start();
    let mut hello = vec![1, 0, 0xff, 0xf0];
    hello.resize(0xff00, 0);
    let mut records = Vec::new();
    for piece in hello.chunks(16_000) {
        records.extend([22, 3, 1]);
        records.extend(u16::try_from(piece.len()).unwrap().to_be_bytes());
        records.extend(piece);
    }
    encrypted.server.holds(0xf000, MemoryState::TlsHandshake, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(&records);
        peer
    });
}

#[test]
fn a_session_that_is_idle() {
    let encrypted = Encrypted::start();
    let server = &encrypted.server;
    let idle = memory_bound(&server.config, MemoryState::Idle);
    let bound = idle + memory_bound(&server.config, MemoryState::Tls);
    server.holds_in_all(2_000, bound, |server| encrypted.connect(server, "/hello", 100).0);
}

/// The client has sent a record without its end as well.
#[test]
fn a_session_whose_client_reads_nothing() {
    let encrypted = Encrypted::start();
    let server = &encrypted.server;
    let response = memory_bound(&server.config, MemoryState::Response { piece: 60_000 });
    let bound = response + memory_bound(&server.config, MemoryState::Tls);
    server.holds_in_all(64_000, bound, |server| {
        let (mut peer, _) = encrypted.connect(server, "/long", 2 << 20);
        peer.send_all([23, 3, 3, 0x40, 0x00]);
        peer.send(&[0; 0x4000 - 1]);
        peer
    });
}
