//! TLS in the peers and in the loads: one kind of certificate (ECDSA with P-256), the same library for
//! all clients.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

use crate::{BODY, file};

/// The word that makes a peer encrypt its connections.
pub const WORD: &str = "tls";

/// The paths of a new certificate and its key, beside the file that the peers serve.
pub fn identity() -> io::Result<(PathBuf, PathBuf)> {
    let pair = generate_simple_self_signed(["localhost".to_owned()]).map_err(io::Error::other)?;
    let CertifiedKey { cert, signing_key } = pair;
    let paths = (file().with_extension("cert.pem"), file().with_extension("key.pem"));
    fs::write(&paths.0, cert.pem())?;
    fs::write(&paths.1, signing_key.serialize_pem())?;
    Ok(paths)
}

/// A client that trusts every server and resumes no session, and that waits at most so long.
pub struct Client {
    config: Arc<ClientConfig>,
    address: SocketAddr,
    timeout: Duration,
}

impl Client {
    /// A client of the server at this address.
    pub fn new(address: SocketAddr, timeout: Duration) -> io::Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(Any(provider)));
        let mut config = builder.with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config), address, timeout })
    }

    /// Asks for `/hello` with so many requests on a new connection.
    pub fn ask(&self, requests: usize) -> io::Result<()> {
        let tcp = TcpStream::connect(self.address)?;
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(self.timeout))?;
        let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
        let tls =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(tls, tcp);
        for _ in 0..requests {
            stream.write_all(b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            let (mut answer, mut room) = (Vec::new(), [0; 4096]);
            while !answer.ends_with(BODY.as_bytes()) {
                let count = stream.read(&mut room)?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                answer.extend_from_slice(&room[..count]);
            }
        }
        Ok(())
    }

    /// Makes full handshakes, each with one request, until the time is over; returns their number.
    pub fn handshakes(&self, time: Duration) -> io::Result<u64> {
        let (start, mut count) = (Instant::now(), 0);
        while start.elapsed() < time {
            self.ask(1)?;
            count += 1;
        }
        Ok(count)
    }
}

/// Accepts every certificate, and checks nothing: only the time of the server is measured.
#[derive(Debug)]
struct Any(Arc<CryptoProvider>);

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify_tls13_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
