//! What handlers see of a session and of the certificate of its client.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod pipe;
mod pki;

use std::sync::Arc;
use std::time::Instant;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tremolo_core::{Config, Connection, Now, Settings, TlsDetails};
use tremolo_tls::{AlternativeName, ClientCertificate, TlsContext};

use pipe::Pipe;
use pki::{Identity, client_config};

/// What the engine has after a handshake; `None` if that fails.
fn meet(config: &Config, client: &Arc<ClientConfig>) -> Option<Arc<TlsDetails>> {
    let context = TlsContext::load(config).unwrap().unwrap();
    meet_again(config, &context, client)
}

fn meet_again(
    config: &Config,
    context: &TlsContext,
    client: &Arc<ClientConfig>,
) -> Option<Arc<TlsDetails>> {
    let name = "LocalHost".try_into().unwrap();
    let mut client = ClientConnection::new(Arc::clone(client), name).unwrap();
    let (mut session, mut pipe) = (context.session().unwrap(), Pipe::default());
    let now = Now::new(Instant::now(), 784_111_777);
    let settings = Arc::new(Settings::new(config.clone()).unwrap());
    let mut connection = Connection::new(settings, None, &now);
    for _ in 0..8 {
        while client.wants_write() {
            client.write_tls(&mut pipe.to_server).unwrap();
        }
        let _ = session.receive(&mut pipe, &mut connection, &now);
        let mut incoming = pipe.to_client.as_slice();
        while !incoming.is_empty() {
            client.read_tls(&mut incoming).unwrap();
            client.process_new_packets().ok()?;
        }
        pipe.to_client.clear();
    }
    connection.peek().tls().cloned()
}

struct Authority {
    folder: tempfile::TempDir,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "The Authority");
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { folder, issuer: Issuer::new(params, key) }
    }

    fn path(&self) -> String {
        self.folder.path().join("ca.pem").display().to_string()
    }

    fn issue(&self) -> (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>) {
        let mut params = CertificateParams::new(["alice.example".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, "Example, Inc.");
        params.distinguished_name.push(DnType::CommonName, "Alice Müller");
        params.serial_number = Some(vec![0x0a, 0xbc].into());
        params.subject_alt_names.extend([
            SanType::Rfc822Name("alice@a.example".try_into().unwrap()),
            SanType::URI("spiffe://a.example/alice".try_into().unwrap()),
            SanType::IpAddress("192.0.2.1".parse().unwrap()),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
        ]);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), key.serialize_der().into())
    }
}

/// A client with a certificate. `is_old`: it speaks TLS 1.2 only.
fn client_with(
    server: &Identity,
    (certificate, key): (CertificateDer<'static>, PrivatePkcs8KeyDer<'static>),
    is_old: bool,
) -> Arc<ClientConfig> {
    let provider = Arc::clone(client_config(server, is_old).crypto_provider());
    let version = if is_old { &rustls::version::TLS12 } else { &rustls::version::TLS13 };
    let mut roots = RootCertStore::empty();
    roots.add(server.der.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    Arc::new(builder.with_client_auth_cert(vec![certificate], key.into()).unwrap())
}

fn server(identity: &Identity) -> Config {
    let (tls_cert, tls_key) = (identity.cert_path(), identity.key_path());
    Config { tls_cert, tls_key, ..Config::default() }
}

#[test]
fn version_cipher_and_server_name_are_known() {
    let identity = Identity::new("localhost");
    for (is_old, name, ciphers) in
        [(true, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_"), (false, "TLSv1.3", "TLS_")]
    {
        let met = meet(&server(&identity), &client_config(&identity, is_old)).unwrap();
        assert_eq!((met.version, met.server_name.as_deref()), (name, Some("localhost")));
        assert!(met.cipher.starts_with(ciphers), "{met:?}");
        assert_eq!(ClientCertificate::of(&met), None);
    }
}

#[test]
fn the_certificate_of_a_client_is_known_also_when_its_session_is_resumed() {
    let (identity, authority) = (Identity::new("localhost"), Authority::new());
    let config = Config { tls_client_ca: authority.path(), ..server(&identity) };
    for is_old in [true, false] {
        let (der, key) = authority.issue();
        let client = client_with(&identity, (der.clone(), key), is_old);
        let context = TlsContext::load(&config).unwrap().unwrap();
        for _ in 0..2 {
            let met = meet_again(&config, &context, &client).unwrap();
            let known = ClientCertificate::of(&met).unwrap();
            assert_eq!(*known.der, *der);
            assert_eq!(known.subject, "CN=Alice Müller,O=Example\\, Inc.");
            assert_eq!(known.common_name.as_deref(), Some("Alice Müller"));
            assert_eq!(known.issuer, "CN=The Authority");
            assert_eq!(known.serial_number, "0ABC");
            assert_eq!(known.fingerprint.len(), 64);
            let names = [
                AlternativeName::Dns("alice.example".to_owned()),
                AlternativeName::Email("alice@a.example".to_owned()),
                AlternativeName::Uri("spiffe://a.example/alice".to_owned()),
                AlternativeName::Ip("192.0.2.1".parse().unwrap()),
                AlternativeName::Ip("2001:db8::1".parse().unwrap()),
            ];
            assert_eq!(known.alternative_names, names);
        }
    }
}

#[test]
fn a_client_with_the_certificate_of_another_authority_is_refused() {
    let (identity, own, other) = (Identity::new("localhost"), Authority::new(), Authority::new());
    let config = Config { tls_client_ca: own.path(), ..server(&identity) };
    for tls_client_required in [true, false] {
        let config = Config { tls_client_required, ..config.clone() };
        let client = client_with(&identity, other.issue(), false);
        assert_eq!(meet(&config, &client), None);
    }
}
