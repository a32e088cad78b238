//! The request object: views of its head. A view that must be parsed is parsed once and kept.

mod body;
mod client;
#[cfg(feature = "tls")]
mod client_certificate;
mod disconnected;
mod draining;
mod files;
mod form;
mod multipart;
mod parts;
mod uid;
mod version;

use std::fmt;
use std::sync::Arc;

use http::Method;
use tremolo_core::cookie::parse_cookies;
use tremolo_core::http1::fields::Fields;
use tremolo_core::http1::request::{BodyLength, RequestHead, Version};
use tremolo_core::query::parse_pairs;
use tremolo_core::{Error, MultiMap, PeerError, TraceParent};

pub use self::body::BodyStream;
pub use self::files::{FileStep, Files};
pub use self::parts::{Part, PartStream, Parts};
use crate::extensions::Extensions;
use crate::path_params::PathParams;
use crate::route_option::RouteOption;
use crate::shared_connection::Exchange;

/// A handle to the current request: cheap to clone, and it may move into another task.
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

    pub(crate) fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
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

    /// The pairs of the query, decoded, in the order of the wire; a name may come more than once.
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn search(request: Request) -> Result<String, HttpError> {
    ///     let query = request.query()?;
    ///     let tags: Vec<_> = query.get_all("tag").collect();
    ///     Ok(format!("{:?} with {tags:?}", query.get("q")))
    /// }
    /// # tremolo::Application::new().route("/", search);
    /// ```
    ///
    /// # Errors
    ///
    /// [`PeerError::TooManyQueryFields`], a 400, if there are more than `max_query_fields`.
    pub fn query(&self) -> Result<&MultiMap, Error> {
        let query = self.exchange.views().query.get_or_init(|| {
            let query = self.exchange.head.query().unwrap_or_default();
            parse_pairs(query, self.exchange.config().max_query_fields)
                .map_err(|_| PeerError::TooManyQueryFields)
        });
        query.as_ref().map_err(|fault| (*fault).into())
    }

    /// The cookies, decoded, in the order of the wire; a name may come more than once.
    ///
    /// ```
    /// # async fn handler(request: tremolo::Request) {
    /// let session = request.cookies().get("session");
    /// # }
    /// ```
    #[must_use]
    pub fn cookies(&self) -> &MultiMap {
        self.exchange
            .views()
            .cookies
            .get_or_init(|| parse_cookies(self.headers().get_all("Cookie")))
    }

    /// The HTTP version of the request.
    #[must_use]
    pub fn version(&self) -> Version {
        self.exchange.head.version()
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

    /// The trace that the request belongs to (W3C Trace Context). `None` without a valid
    /// `traceparent`. Any client can send one.
    ///
    /// ```
    /// # async fn handler(request: tremolo::Request) {
    /// let trace = request.trace_parent().map(|parent| parent.trace_id().to_string());
    /// # }
    /// ```
    #[must_use]
    pub fn trace_parent(&self) -> Option<TraceParent> {
        TraceParent::of(self.headers())
    }

    /// The `Content-Type` of the body, with its parameters.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header("Content-Type")
    }

    /// The length of the body in bytes, if it is known before the body is read; 0 without a body,
    /// `None` for one in chunks.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        match self.exchange.head.body_length() {
            BodyLength::None => Some(0),
            BodyLength::Length(length) => Some(length),
            BodyLength::Chunked => None,
        }
    }

    /// Whether there is a body: one of known length that is not 0, or one in chunks.
    #[must_use]
    pub fn has_body(&self) -> bool {
        has_body(&self.exchange.head)
    }

    /// Values that middleware, extractors and the handler share during this request.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.exchange.views().extensions
    }

    /// The parameters of the route's path, as they stand in the URL, undecoded; none for an exact
    /// path. [`Path`](crate::Path) makes typed, decoded values of them.
    ///
    /// ```
    /// use tremolo::{Application, Request};
    ///
    /// async fn user(request: Request) -> Option<Vec<u8>> {
    ///     request.params().get("name").map(<[u8]>::to_vec)
    /// }
    ///
    /// # let _ =
    /// Application::new().route("/users/{name}", user)
    /// # ;
    /// ```
    #[must_use]
    pub fn params(&self) -> PathParams<'_> {
        self.exchange.params()
    }

    /// The value of [`Handler::with_option`](crate::Handler::with_option) of this type.
    ///
    /// ```
    /// # #[derive(Clone)] struct Audience(&'static str);
    /// # fn middleware(request: tremolo::Request) {
    /// let audience = request.option::<Audience>().map_or("public", |audience| audience.0);
    /// # }
    /// ```
    #[must_use]
    pub fn option<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.extensions().get().map(|RouteOption(value)| value)
    }
}

pub(crate) fn has_body(head: &RequestHead) -> bool {
    head.body_length() != BodyLength::None
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", self.method())
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
