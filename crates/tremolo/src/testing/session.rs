//! What the requests of a client have in common: the server, and how they reach it.

use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};
use tremolo_core::TlsDetails;
use tremolo_net::Peer;

use super::cookies::Jar;
use super::error::TestError;
use super::wire::Wire;
use crate::serve::in_memory::{ClientSocket, InMemoryServer};

/// What the requests of a client have in common.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) server: Arc<InMemoryServer>,
    pub(super) peer: Peer,
    pub(super) tls: Option<TlsDetails>,
    /// The fields of each request.
    pub(super) headers: HeaderMap,
    pub(super) cookies: Option<Jar>,
    /// A response with a status of 500 or more fails the test.
    pub(super) is_strict: bool,
}

impl Session {
    pub(super) fn new(server: InMemoryServer) -> Self {
        Self {
            server: Arc::new(server),
            peer: Peer::Tcp(SocketAddr::from(([127, 0, 0, 1], 50_000))),
            tls: None,
            headers: HeaderMap::new(),
            cookies: None,
            is_strict: false,
        }
    }

    /// The fields of a request for this path that has these.
    pub(super) fn fields(&self, mut own: HeaderMap, path: &str) -> HeaderMap {
        let missing = self.headers.keys().filter(|name| !own.contains_key(*name));
        for name in missing.cloned().collect::<Vec<_>>() {
            for value in self.headers.get_all(&name) {
                own.append(name.clone(), value.clone());
            }
        }
        if let Some(cookies) = self.cookies.as_ref().and_then(|cookies| cookies.field(path))
            && let Ok(value) = HeaderValue::try_from(cookies)
        {
            own.append(http::header::COOKIE, value);
        }
        own
    }

    /// Keeps the cookies of a response, if this client does.
    pub(super) fn keep_cookies(&self, headers: &HeaderMap, path: &str) {
        if let Some(cookies) = &self.cookies {
            cookies.keep(headers, path);
        }
    }

    pub(super) fn connect(&self) -> Result<ClientSocket, TestError> {
        self.server.connect(self.peer, self.tls.clone()).ok_or(TestError::ServerEnded)
    }

    pub(super) fn wire(&self) -> Result<Wire, TestError> {
        self.connect().map(Wire::new)
    }
}

/// A field of a request.
#[track_caller]
pub(super) fn field(name: &str, value: &str) -> (HeaderName, HeaderValue) {
    let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
    let (Ok(name), Ok(value)) = parsed else { panic!("not a field: {name:?}: {value:?}") };
    (name, value)
}
