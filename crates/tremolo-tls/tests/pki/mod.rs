//! Certificates for the tests, in files of a temporary folder.

use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// A self-signed certificate for a name, and its key.
pub(crate) struct Identity {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) der: CertificateDer<'static>,
}

impl Identity {
    pub(crate) fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed([name.to_owned()]).unwrap();
        std::fs::write(folder.path().join("cert.pem"), cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), signing_key.serialize_pem()).unwrap();
        Self { folder, der: cert.der().clone() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn cert_path(&self) -> String {
        self.path("cert.pem").display().to_string()
    }

    pub(crate) fn key_path(&self) -> String {
        self.path("key.pem").display().to_string()
    }
}

/// A client that trusts an identity. `is_old`: it speaks TLS 1.2 only.
pub(crate) fn client_config(identity: &Identity, is_old: bool) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(identity.der.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let version = if is_old { &rustls::version::TLS12 } else { &rustls::version::TLS13 };
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_protocol_versions(&[version]).unwrap();
    Arc::new(builder.with_root_certificates(roots).with_no_client_auth())
}
