//! The addresses of a connection as the scopes of ASGI show them. They are made once per connection.

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use tremolo_core::TlsDetails;
use tremolo_net::{ListenAddress, Peer};
use tremolo_tls::ClientCertificate;

/// The objects for both sides of a connection.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The address and port of the peer; `None` for a Unix socket.
    pub(super) client: Py<PyAny>,
    /// The address and port of the server, or a path and `None`.
    pub(super) server: Py<PyAny>,
    /// The extension `tls` of ASGI, for an encrypted connection.
    pub(super) tls: Option<Py<PyDict>>,
}

impl Addresses {
    pub(super) fn new(
        py: Python<'_>,
        peer: Option<Peer>,
        local: Option<ListenAddress>,
        tls: Option<&TlsDetails>,
    ) -> PyResult<Self> {
        let peer = peer.and_then(Peer::address);
        let client = peer.map(|peer| (peer.ip().to_canonical().to_string(), peer.port()));
        let server = match local {
            Some(ListenAddress::Tcp(local)) => {
                (local.ip().to_canonical().to_string(), local.port()).into_py_any(py)?
            }
            Some(ListenAddress::Unix(path)) => {
                (path.into_os_string(), py.None()).into_py_any(py)?
            }
            Some(ListenAddress::Descriptor(_) | ListenAddress::Systemd(_)) | None => py.None(),
        };
        let tls = tls.map(|details| tls_of(py, details)).transpose()?;
        Ok(Self { client: client.into_py_any(py)?, server, tls })
    }

    pub(super) fn clone_ref(&self, py: Python<'_>) -> Self {
        let (client, server) = (self.client.clone_ref(py), self.server.clone_ref(py));
        let tls = self.tls.as_ref().map(|tls| tls.clone_ref(py));
        Self { client, server, tls }
    }
}

/// The certificate of the server is not in it, and of the client's chain only its own.
fn tls_of(py: Python<'_>, details: &TlsDetails) -> PyResult<Py<PyDict>> {
    let tls = PyDict::new(py);
    for name in ["server_cert", "client_cert_error"] {
        tls.set_item(name, py.None())?;
    }
    let certificate = ClientCertificate::of(details);
    let pem = |certificate: &ClientCertificate| {
        py.import("ssl")?.call_method1("DER_cert_to_PEM_cert", (&*certificate.der,))
    };
    let chain: Vec<_> = certificate.as_ref().map(pem).transpose()?.into_iter().collect();
    tls.set_item("client_cert_name", certificate.map(|certificate| certificate.subject))?;
    tls.set_item("client_cert_chain", PyTuple::new(py, chain)?)?;
    tls.set_item("tls_version", details.version_number)?;
    tls.set_item("cipher_suite", details.cipher_number)?;
    Ok(tls.unbind())
}
