//! Reads the files that the options name: certificates with their keys, and authorities.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::CertifiedKey;
use tremolo_core::Config;

use crate::error::{Cause, TlsError};
use crate::key;

/// The files of a listener.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// Certificates, each with the file of its key.
    identities: Vec<(PathBuf, PathBuf)>,
    authorities: Option<PathBuf>,
    password: String,
}

impl Files {
    pub(crate) fn new(config: &Config) -> Result<Self, TlsError> {
        let certificates = list(&config.tls_cert);
        let mut keys = list(&config.tls_key);
        if keys.is_empty() {
            keys.clone_from(&certificates);
        }
        if keys.len() != certificates.len() {
            let count = Cause::Count(certificates.len(), keys.len());
            return Err(TlsError::about(KEY, count));
        }
        let authorities = &config.tls_client_ca;
        Ok(Self {
            identities: certificates.into_iter().zip(keys).collect(),
            authorities: (!authorities.is_empty()).then(|| authorities.into()),
            password: config.tls_key_password.clone(),
        })
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let identities = self.identities.iter().flat_map(|(certificate, key)| [certificate, key]);
        identities.chain(&self.authorities).map(PathBuf::as_path)
    }

    /// The certificates with their keys.
    pub(crate) fn identities(
        &self,
        provider: &CryptoProvider,
    ) -> Result<Vec<Arc<CertifiedKey>>, TlsError> {
        let load = |(certificate, key): &(PathBuf, PathBuf)| {
            let chain = certificates(CERT, certificate)?;
            let parsed = key::parse(&read(KEY, key)?, &self.password);
            let parsed = parsed.map_err(|cause| TlsError::of(KEY, key, cause))?;
            CertifiedKey::from_der(chain, parsed, provider).map(Arc::new).map_err(|error| {
                let cause = match error {
                    rustls::Error::InconsistentKeys(_) => Cause::KeyMismatch,
                    error => Cause::Refused(error.to_string()),
                };
                TlsError::of(KEY, key, cause)
            })
        };
        self.identities.iter().map(load).collect()
    }

    /// The authorities of client certificates.
    pub(crate) fn authorities(&self) -> Result<Option<RootCertStore>, TlsError> {
        let Some(path) = &self.authorities else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(CLIENT_CA, path)? {
            let added = roots.add(certificate);
            added.map_err(|error| refused(CLIENT_CA, path, &error))?;
        }
        Ok(Some(roots))
    }
}

pub(crate) fn refused(option: &'static str, path: &Path, error: &impl ToString) -> TlsError {
    TlsError::of(option, path, Cause::Refused(error.to_string()))
}

/// The certificates of a PEM file, at least one.
fn certificates(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(option, path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|_| TlsError::of(option, path, Cause::InvalidPem))?;
    if found.is_empty() {
        return Err(TlsError::of(option, path, Cause::Missing("certificate")));
    }
    Ok(found)
}

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::of(option, path, Cause::Unreadable(error)))
}

/// The parts of a list with commas.
fn list(text: &str) -> Vec<PathBuf> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).map(PathBuf::from).collect()
}

pub(crate) const CERT: &str = "tls_cert";
pub(crate) const KEY: &str = "tls_key";
pub(crate) const CLIENT_CA: &str = "tls_client_ca";
