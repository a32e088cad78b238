//! The certificate that a client gets, the clients that are refused, and files that change.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod pipe;
mod pki;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::{ClientConfig, ClientConnection, HandshakeKind, RootCertStore};
use tremolo_core::Config;
use tremolo_tls::{Cause, TlsContext};

use pipe::Pipe;
use pki::{Identity, client_config};

/// A handshake, and the tickets after it. Returns the client, or the error of one of the sides.
fn handshake(
    context: &TlsContext,
    client: &Arc<ClientConfig>,
    name: &'static str,
) -> Result<ClientConnection, String> {
    let mut client = ClientConnection::new(Arc::clone(client), name.try_into().unwrap()).unwrap();
    let (mut session, mut pipe) = (context.session().unwrap(), Pipe::default());
    for _ in 0..8 {
        while client.wants_write() {
            client.write_tls(&mut pipe.to_server).unwrap();
        }
        match session.read(&mut pipe, &mut Vec::new()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.to_string()),
            Ok(_) => return Err("not expected".to_owned()),
        }
        let mut incoming = pipe.to_client.as_slice();
        while !incoming.is_empty() {
            client.read_tls(&mut incoming).unwrap();
            client.process_new_packets().map_err(|error| error.to_string())?;
        }
        pipe.to_client.clear();
    }
    if client.is_handshaking() { Err("unfinished".to_owned()) } else { Ok(client) }
}

fn config(identities: &[&Identity]) -> Config {
    let list = |path: fn(&Identity) -> String| {
        identities.iter().map(|identity| path(identity)).collect::<Vec<_>>().join(", ")
    };
    Config {
        tls_cert: list(Identity::cert_path),
        tls_key: list(Identity::key_path),
        ..Config::default()
    }
}

fn load(config: &Config) -> TlsContext {
    TlsContext::load(config).unwrap().unwrap()
}

/// A client that trusts all of these.
fn trusting(identities: &[&Identity]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for identity in identities {
        roots.add(identity.der.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let mut client = builder.with_root_certificates(roots).with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(client)
}

#[test]
fn a_client_gets_the_certificate_for_the_name_that_it_asks_for() {
    let (first, second) = (Identity::new("a.example"), Identity::new("b.example"));
    let context = load(&config(&[&first, &second]));
    let client = trusting(&[&first, &second]);
    for (name, expected) in [("a.example", &first), ("b.example", &second)] {
        let met = handshake(&context, &client, name).unwrap();
        assert_eq!(met.peer_certificates().unwrap().first(), Some(&expected.der));
        assert_eq!(met.alpn_protocol(), Some(&b"http/1.1"[..]));
    }
    let error = handshake(&context, &client, "c.example").unwrap_err();
    assert!(error.contains("not valid for name"), "the first one is sent: {error}");
}

#[test]
fn a_second_connection_resumes_the_session_of_the_first() {
    let identity = Identity::new("localhost");
    let context = load(&config(&[&identity]));
    for is_old in [true, false] {
        let client = client_config(&identity, is_old);
        for kind in [HandshakeKind::Full, HandshakeKind::Resumed] {
            let met = handshake(&context, &client, "localhost").unwrap();
            assert_eq!(met.handshake_kind(), Some(kind));
        }
    }
}

#[test]
fn a_client_without_a_certificate_comes_in_only_if_it_may() {
    let (server, authority) = (Identity::new("localhost"), Identity::new("client"));
    let client = client_config(&server, true);
    for tls_client_required in [true, false] {
        let config = Config {
            tls_client_ca: authority.cert_path(),
            tls_client_required,
            ..config(&[&server])
        };
        let met = handshake(&load(&config), &client, "localhost");
        assert_eq!(met.is_err(), tls_client_required, "{met:?}");
    }
}

#[test]
fn changed_files_are_loaded_and_bad_ones_are_not() {
    let (old, new) = (Identity::new("localhost"), Identity::new("localhost"));
    let context = load(&config(&[&old]));
    let mut now = Instant::now();
    let mut check = || {
        now += Duration::from_secs(1);
        context.reload_if_changed(now)
    };
    assert!(check().is_none());
    // Between the two the key does not fit.
    std::fs::copy(new.cert_path(), old.cert_path()).unwrap();
    let error = check().unwrap().unwrap_err();
    assert!(matches!(error.cause, Cause::KeyMismatch), "{error}");
    let client = trusting(&[&old, &new]);
    let met = |expected: &Identity| {
        let met = handshake(&context, &client, "localhost").unwrap();
        // A session that is resumed has the certificate of its beginning.
        met.peer_certificates().unwrap().first() == Some(&expected.der)
    };
    assert!(met(&old));
    assert!(check().is_none(), "reported once");
    std::fs::copy(new.key_path(), old.key_path()).unwrap();
    check().unwrap().unwrap();
    assert!(met(&new));
    assert!(context.reload_if_changed(now).is_none(), "not twice in a second");
}

#[test]
fn what_cannot_be_used_is_one_line_with_option_and_file() {
    let identity = Identity::new("localhost");
    std::fs::write(identity.path("empty"), "").unwrap();
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    std::fs::write(identity.path("old"), old).unwrap();
    let path = |name: &str| identity.path(name).display().to_string();
    let good = config(&[&identity]);
    for (bad, text) in [
        (Config { tls_cert: path("none"), ..good.clone() }, "tls_cert: "),
        (Config { tls_cert: path("empty"), ..good.clone() }, "has no certificate in PEM"),
        (Config { tls_key: path("empty"), ..good.clone() }, "has no private key in PEM"),
        (Config { tls_key: path("old"), ..good.clone() }, "openssl pkcs8 -topk8"),
        (Config { tls_key: format!("{},x", path("a")), ..good.clone() }, "2 keys for 1 cert"),
        (Config { tls_key: String::new(), ..good.clone() }, "has no private key"),
        (Config { tls_client_ca: path("empty"), ..good.clone() }, "tls_client_ca: "),
    ] {
        let error = TlsContext::load(&bad).unwrap_err().to_string();
        assert!(error.contains(text) && !error.contains('\n'), "{error}");
    }
}
