//! The peer's end of its connection: plain, or a client of TLS with the wire below it.

use std::io::{BufRead as _, Write as _};
use std::sync::{Arc, LazyLock};

use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use tremolo_core::Config;
use tremolo_tls::{Session, TlsContext};

use crate::wire::Wire;

/// The certificate of the server, and clients that trust it.
struct Pki {
    context: TlsContext,
    new: Arc<ClientConfig>,
    old: Arc<ClientConfig>,
}

static PKI: LazyLock<Pki> = LazyLock::new(|| make_pki().expect("keys and files can be made"));

fn make_pki() -> Result<Pki, Box<dyn std::error::Error>> {
    // Its signatures have one length, so that the same seed gives the same records.
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519)?;
    let cert = rcgen::CertificateParams::new([NAME.to_owned()])?.self_signed(&key)?;
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name).display().to_string();
    let config =
        Config { tls_cert: path("cert.pem"), tls_key: path("key.pem"), ..Config::default() };
    std::fs::write(&config.tls_cert, cert.pem())?;
    std::fs::write(&config.tls_key, key.serialize_pem())?;
    let context = TlsContext::load(&config)?.ok_or("no certificate")?;
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone())?;
    let client = |version: &'static SupportedProtocolVersion| {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_protocol_versions(&[version])?;
        let mut client = builder.with_root_certificates(roots.clone()).with_no_client_auth();
        // Each conversation has a whole handshake, whatever came before it.
        client.resumption = rustls::client::Resumption::disabled();
        Ok::<_, rustls::Error>(Arc::new(client))
    };
    let (new, old) = (client(&rustls::version::TLS13)?, client(&rustls::version::TLS12)?);
    Ok(Pki { context, new, old })
}

const NAME: &str = "localhost";

/// The session of the server for a new connection.
pub(crate) fn session() -> Result<Session, String> {
    PKI.context.session().map_err(|error| error.to_string())
}

/// The peer's end of its connection.
#[derive(Debug, Default)]
pub(crate) struct Tunnel {
    tls: Option<Box<ClientConnection>>,
    /// Records that the wire has not taken.
    records: Vec<u8>,
    /// Bytes that are no valid records were sent, or the server has ended the session with an alert.
    pub(crate) is_broken: bool,
    /// The server has sent `close_notify`.
    pub(crate) was_notified: bool,
}

impl Tunnel {
    /// A connection that is encrypted. `is_old`: TLS 1.2 in place of TLS 1.3.
    pub(crate) fn encrypted(is_old: bool) -> Result<Self, String> {
        let config = Arc::clone(if is_old { &PKI.old } else { &PKI.new });
        let name = NAME.try_into().map_err(|_| "no name".to_owned())?;
        let mut tls = ClientConnection::new(config, name).map_err(|error| error.to_string())?;
        tls.set_buffer_limit(None);
        Ok(Self { tls: Some(Box::new(tls)), ..Self::default() })
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Sends what there is room for. Nothing, while earlier records have no room.
    pub(crate) fn send(&mut self, wire: &mut Wire, bytes: &[u8]) -> usize {
        let Some(tls) = &mut self.tls else { return wire.peer_sends(bytes) };
        if !flush(tls, &mut self.records, wire) {
            return 0;
        }
        // There is memory.
        let count = tls.writer().write(bytes).unwrap_or(0);
        flush(tls, &mut self.records, wire);
        count
    }

    /// Sends bytes as they are, which are no valid records.
    pub(crate) fn send_junk(&mut self, wire: &mut Wire, bytes: &[u8]) {
        if self.tls.is_some() {
            self.is_broken = true;
            self.records.extend_from_slice(bytes);
            self.flush(wire);
        }
    }

    /// Sends what could not be sent before. True if nothing is left.
    pub(crate) fn flush(&mut self, wire: &mut Wire) -> bool {
        self.tls.as_mut().is_none_or(|tls| flush(tls, &mut self.records, wire))
    }

    /// Ends the session: nothing follows.
    pub(crate) fn close(&mut self, wire: &mut Wire) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            flush(tls, &mut self.records, wire);
        }
    }

    /// Appends what was received: of the wire, at most so many bytes.
    pub(crate) fn receive(
        &mut self,
        wire: &mut Wire,
        most: usize,
        into: &mut Vec<u8>,
    ) -> Result<bool, String> {
        let Some(tls) = &mut self.tls else {
            let before = into.len();
            wire.peer_reads(most, into);
            return Ok(into.len() > before);
        };
        let mut records = Vec::new();
        wire.peer_reads(most, &mut records);
        let mut rest = &records[..];
        while !rest.is_empty() && !self.is_broken {
            if self.was_notified {
                return Err("the server sends records after close_notify".to_owned());
            }
            tls.read_tls(&mut rest).map_err(|error| error.to_string())?;
            let state = match tls.process_new_packets() {
                Ok(state) => state,
                Err(rustls::Error::AlertReceived(_)) => {
                    self.is_broken = true;
                    break;
                }
                Err(error) => return Err(format!("the server violates TLS: {error}")),
            };
            while let Ok(chunk @ [_, ..]) = tls.reader().fill_buf() {
                let count = chunk.len();
                into.extend_from_slice(chunk);
                std::io::BufRead::consume(&mut tls.reader(), count);
            }
            self.was_notified |= state.peer_has_closed();
        }
        flush(tls, &mut self.records, wire);
        Ok(!records.is_empty())
    }
}

fn flush(tls: &mut ClientConnection, records: &mut Vec<u8>, wire: &mut Wire) -> bool {
    while tls.wants_write() && tls.write_tls(records).is_ok() {}
    let count = if records.is_empty() { 0 } else { wire.peer_sends(records) };
    records.drain(..count);
    records.is_empty()
}

/// Bytes that are no valid records: one that cannot be decrypted, an alert that is not encrypted, a
/// header of a record that is too long, and of a type that does not exist.
pub(crate) const JUNK: [&[u8]; 4] = [
    &[23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    &[21, 3, 3, 0, 2, 2, 40],
    &[23, 3, 3, 0xff, 0xff, 0],
    &[99, 3, 3, 0, 1, 0],
];
