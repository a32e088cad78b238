//! The request object: what the head says, and the body.

mod body;
mod files;
mod form;
mod form_error;
mod multipart;
mod parts;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Method;
use tremolo_core::http1::fields::Fields;
use tremolo_core::http1::request::Version;

pub use self::body::BodyStream;
pub use self::files::{FileLimits, FileStep, Files};
pub use self::form::{FormData, FormFile, FormLimits};
pub use self::form_error::FormError;
pub(crate) use self::multipart::Upload;
pub use self::parts::{Part, PartStream, Parts};
use crate::cell::Exchange;

/// A handle to the request in work: cheap to clone, and it may move into another task.
///
/// ```
/// use tremolo::Request;
///
/// async fn hello(request: Request) -> String {
///     let agent = request.header("User-Agent").unwrap_or_default();
///     format!("{} {} with {}", request.method(), request.path(), agent)
/// }
/// # tremolo::Application::new().route("/", hello);
/// ```
#[derive(Clone)]
pub struct Request {
    exchange: Arc<Exchange>,
}

impl Request {
    pub(crate) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        self.exchange.head.method()
    }

    /// Path and query, undecoded; bytes that are no UTF-8 are shown as U+FFFD.
    #[must_use]
    pub fn url(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.head.url())
    }

    /// The path, undecoded; bytes that are no UTF-8 are shown as U+FFFD.
    #[must_use]
    pub fn path(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.head.path())
    }

    /// What follows the `?`, undecoded; empty if there is none.
    #[must_use]
    pub fn query_string(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.exchange.head.query().unwrap_or_default())
    }

    /// The version that is spoken.
    #[must_use]
    pub fn version(&self) -> Version {
        self.exchange.head.version()
    }

    /// The host that was asked for, with its port.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        std::str::from_utf8(self.exchange.head.host()?).ok()
    }

    /// The fields of the head, in the order of the wire.
    #[must_use]
    pub fn headers(&self) -> Fields<'_> {
        self.exchange.head.fields()
    }

    /// The first value of a field, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers().get(name)?).ok()
    }

    /// The address at the other end of the socket; `None` for a Unix socket.
    #[must_use]
    pub fn client(&self) -> Option<SocketAddr> {
        self.exchange.peer.address()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", self.method())
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
