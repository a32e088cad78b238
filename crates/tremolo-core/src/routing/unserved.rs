//! Responses of the server itself to requests that no route serves (RFC 9110 sections 9.3.7, 9.3.8,
//! 15.5.5 and 15.5.6). CONNECT is not among them: the connection refuses it earlier.

use std::sync::Arc;

use http::{Method, StatusCode};

use crate::http1::request::RequestHead;

/// Why no route serves a request, which determines the response.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
/// use tremolo_core::routing::{DecidesMethods, RouteTable, Unserved};
///
/// struct Page;
/// impl DecidesMethods for Page {}
///
/// let mut input = BytesMut::from("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
/// let mut head = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut head)?;
///
/// let mut table = RouteTable::default();
/// table.add("/", Page)?;
/// let unserved = table.compile()?.route(&head).err().unwrap();
/// assert_eq!(unserved, Unserved::ServerOptions);
/// assert_eq!(unserved.status(), 204);
/// assert_eq!(unserved.allow(), Some("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unserved {
    /// No route has this path: 404.
    NotFound,
    /// `TRACE`, which a route serves only if it was registered for it by name: 405. Its response
    /// would repeat the request, with cookies and credentials (RFC 9110 section 9.3.8).
    TraceRefused,
    /// `OPTIONS *` is about the server, not about a resource (section 9.3.7): 204 without content.
    /// An application can serve it with the route `*`.
    ServerOptions,
}

/// The target of a route: one that serves methods by name, or one that serves every method.
pub trait DecidesMethods {
    /// Whether the target itself knows its methods and refuses others with 405, including TRACE.
    /// Default: no.
    fn decides_methods(&self) -> bool {
        false
    }
}

impl<T: DecidesMethods + ?Sized> DecidesMethods for Arc<T> {
    fn decides_methods(&self) -> bool {
        (**self).decides_methods()
    }
}

impl Unserved {
    /// Why a request whose path has no route is not served.
    #[inline(never)]
    pub(super) fn of_nothing(head: &RequestHead) -> Self {
        if *head.method() == Method::OPTIONS && head.path() == b"*" {
            Self::ServerOptions
        } else {
            Self::NotFound
        }
    }

    /// The status of the response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TraceRefused => StatusCode::METHOD_NOT_ALLOWED,
            Self::ServerOptions => StatusCode::NO_CONTENT,
        }
    }

    /// The value of `Allow`, if the response has one.
    #[must_use]
    pub fn allow(self) -> Option<&'static str> {
        match self {
            Self::NotFound => None,
            Self::TraceRefused | Self::ServerOptions => Some(SERVER_METHODS),
        }
    }
}

/// The registered methods of RFC 9110 section 9.3 and RFC 5789 that routes serve, in the order of
/// [`MethodTable`](super::MethodTable).
const SERVER_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
