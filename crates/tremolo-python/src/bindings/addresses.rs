//! The addresses of a connection as the scopes of ASGI show them. They are made once per connection.

use std::net::IpAddr;

use pyo3::IntoPyObjectExt as _;
use pyo3::prelude::*;
use tremolo_net::{ListenAddress, Peer};

/// The objects for both sides of a connection.
#[derive(Debug)]
pub(super) struct Addresses {
    /// The address of the peer; `None` for a Unix socket.
    pub(super) ip: Option<IpAddr>,
    /// Its address and port, or `None`.
    pub(super) client: Py<PyAny>,
    /// The address and port of the server, or a path and `None`.
    pub(super) server: Py<PyAny>,
}

impl Addresses {
    pub(super) fn new(
        py: Python<'_>,
        peer: Option<Peer>,
        local: Option<ListenAddress>,
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
        let ip = peer.map(|peer| peer.ip().to_canonical());
        Ok(Self { ip, client: client.into_py_any(py)?, server })
    }

    pub(super) fn clone_ref(&self, py: Python<'_>) -> Self {
        let (client, server) = (self.client.clone_ref(py), self.server.clone_ref(py));
        Self { ip: self.ip, client, server }
    }
}
