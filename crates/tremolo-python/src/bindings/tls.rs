//! The Python classes `TlsDetails` and `ClientCertificate`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tremolo_core::TlsDetails as Details;
use tremolo_tls::{AlternativeName, ClientCertificate as Certificate};

/// What the TLS handshake of a connection has agreed on.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct TlsDetails {
    details: Arc<Details>,
}

impl TlsDetails {
    pub(super) fn new(details: Arc<Details>) -> Self {
        Self { details }
    }
}

#[pymethods]
impl TlsDetails {
    /// The version of the protocol: `TLSv1.2` or `TLSv1.3`.
    #[getter]
    fn version(&self) -> &'static str {
        self.details.version
    }

    /// The name of the cipher suite in the registry of the IANA.
    #[getter]
    fn cipher(&self) -> &'static str {
        self.details.cipher
    }

    /// The name that the client asked for.
    #[getter]
    fn server_name(&self) -> Option<&str> {
        self.details.server_name.as_deref()
    }

    fn __repr__(&self) -> String {
        format!("<TlsDetails {} {}>", self.details.version, self.details.cipher)
    }
}

/// The certificate of a client, which the handshake has verified.
#[pyclass(frozen, module = "tremolo._tremolo")]
#[derive(Debug)]
pub(super) struct ClientCertificate {
    parsed: Certificate,
}

impl ClientCertificate {
    pub(super) fn of(details: &Details) -> Option<Self> {
        Some(Self { parsed: Certificate::of(details)? })
    }
}

#[pymethods]
impl ClientCertificate {
    /// The subject, as RFC 4514 writes it.
    #[getter]
    fn subject(&self) -> &str {
        &self.parsed.subject
    }

    /// The common name of the subject.
    #[getter]
    fn common_name(&self) -> Option<&str> {
        self.parsed.common_name.as_deref()
    }

    /// The issuer, as RFC 4514 writes it.
    #[getter]
    fn issuer(&self) -> &str {
        &self.parsed.issuer
    }

    /// The serial number in hexadecimal digits.
    #[getter]
    fn serial_number(&self) -> &str {
        &self.parsed.serial_number
    }

    /// The SHA-256 checksum in hexadecimal digits.
    #[getter]
    fn fingerprint(&self) -> &str {
        &self.parsed.fingerprint
    }

    /// The alternative names of the subject, each with its kind.
    #[getter]
    fn alternative_names(&self) -> Vec<(&'static str, String)> {
        let pair = |name: &AlternativeName| match name {
            AlternativeName::Dns(name) => Some(("DNS", name.clone())),
            AlternativeName::Email(address) => Some(("email", address.clone())),
            AlternativeName::Uri(uri) => Some(("URI", uri.clone())),
            AlternativeName::Ip(ip) => Some(("IP Address", ip.to_string())),
            _ => None,
        };
        self.parsed.alternative_names.iter().filter_map(pair).collect()
    }

    /// The certificate in DER.
    #[getter]
    fn der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.parsed.der)
    }

    fn __repr__(&self) -> String {
        format!("<ClientCertificate {}>", self.parsed.subject)
    }
}
