//! Cross-origin requests, as the Fetch standard has them: which pages of other sites may read
//! responses, and what they may send. Everything that was not allowed is forbidden.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tremolo_core::http1::response::FieldList;

use crate::application::{Application, Middleware};
use crate::error::HttpError;
use crate::reply::Answer;
use crate::request::Request;
use crate::response::Response;

/// Lets pages of other origins use an application (CORS).
///
/// A preflight request is answered before routing and other middleware see it (priority -500). To
/// all other answers, error pages included, the fields are added that let the page read them. A
/// request of an origin that is not allowed is served as if there were no CORS: the browser keeps
/// the answer from the page.
///
/// ```
/// use std::time::Duration;
/// use tremolo::{Application, Cors, Method};
///
/// # let _ =
/// Application::new()
///     .middleware(
///         Cors::new()
///             .origin("https://app.example")
///             .methods([Method::GET, Method::PUT])
///             .headers(["Content-Type", "X-Token"])
///             .credentials(true)
///             .max_age(Duration::from_secs(3_600)),
///     )
///     .route("/", async || "hi")
/// # ;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it does nothing until it is added to an application"]
pub struct Cors {
    origins: Vec<String>,
    any_origin: bool,
    /// Names as they are sent, with commas.
    methods: String,
    headers: String,
    expose: String,
    credentials: bool,
    max_age: Option<Duration>,
}

impl Cors {
    /// No origin, and no method but GET, HEAD and POST.
    pub fn new() -> Self {
        Self::default().methods([Method::GET, Method::HEAD, Method::POST])
    }

    /// Allows this origin, beside others: `https://app.example`, `http://localhost:3000`. Scheme,
    /// host, and the port if it is not the default one; no slash behind it.
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Allows all origins. Not together with [`Cors::credentials`]: every site could act in the
    /// name of your users.
    pub fn any_origin(mut self) -> Self {
        self.any_origin = true;
        self
    }

    /// The methods that pages may use. Default: GET, HEAD, POST.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = list(methods.into_iter().map(|method| method.to_string()));
        self
    }

    /// The fields that pages may send, beside those that they always may. Default: none.
    pub fn headers<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.headers = list(names);
        self
    }

    /// The fields of answers that pages may read, beside those that they always may. Default: none.
    pub fn expose<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.expose = list(names);
        self
    }

    /// Whether requests may bring cookies and other credentials. Default: false.
    pub fn credentials(mut self, allow: bool) -> Self {
        self.credentials = allow;
        self
    }

    /// How long a browser may remember the answer to a preflight, in whole seconds. Default:
    /// no field, which is five seconds in browsers.
    pub fn max_age(mut self, time: Duration) -> Self {
        self.max_age = Some(time);
        self
    }

    /// An option that is not valid.
    fn flaw(&self) -> Option<String> {
        if self.any_origin && self.credentials {
            return Some("any_origin() together with credentials(true)".to_owned());
        }
        let origin = self.origins.iter().find(|origin| !is_origin(origin));
        if let Some(origin) = origin {
            return Some(format!("{origin:?} is no origin, such as https://app.example"));
        }
        let mut names = self.headers.split(", ").chain(self.expose.split(", "));
        let is_bad = |name: &&str| {
            !name.is_empty() && FieldList::default().set(name.as_bytes(), b"").is_err()
        };
        names.find(is_bad).map(|name| format!("{name:?} is no name of a field"))
    }

    /// Answers a preflight request; for the others nothing.
    fn preflight(&self, request: &Request) -> Answer {
        let is_preflight = *request.method() == Method::OPTIONS
            && request.header("Origin").is_some()
            && request.header("Access-Control-Request-Method").is_some();
        if !is_preflight {
            return Answer::nothing();
        }
        let mut answer = Answer::nothing().with_status(204);
        if self.allowed(request).is_some() {
            answer = answer.with_header("Access-Control-Allow-Methods", self.methods.clone());
            if !self.headers.is_empty() {
                answer = answer.with_header("Access-Control-Allow-Headers", self.headers.clone());
            }
            if let Some(time) = self.max_age {
                let seconds = time.as_secs().to_string();
                answer = answer.with_header("Access-Control-Max-Age", seconds);
            }
        }
        answer
    }

    /// Adds the fields that let a page of an allowed origin read the response.
    fn share(&self, request: &Request, response: &Response) -> Result<(), HttpError> {
        if !self.any_origin {
            // Also where there is no origin: a cache may keep the answer for one that has some.
            response.append_header("Vary", "Origin")?;
        }
        let Some(origin) = self.allowed(request) else { return Ok(()) };
        response.set_header("Access-Control-Allow-Origin", origin)?;
        if self.credentials {
            response.set_header("Access-Control-Allow-Credentials", "true")?;
        }
        if !self.expose.is_empty() {
            response.set_header("Access-Control-Expose-Headers", &self.expose)?;
        }
        Ok(())
    }

    /// What the origin of a request is allowed as.
    fn allowed(&self, request: &Request) -> Option<&str> {
        if self.any_origin {
            return Some("*");
        }
        let origin = request.header("Origin")?;
        self.origins.iter().map(String::as_str).find(|known| *known == origin)
    }
}

impl Middleware for Cors {
    fn add_to(self, application: Application) -> Application {
        if let Some(flaw) = self.flaw() {
            return application.with_flaw("Cors", flaw);
        }
        let cors = Arc::new(self);
        let preflight = Arc::clone(&cors);
        application
            .on_request_at(EARLY, async move |request: Request| preflight.preflight(&request))
            .on_response_at(EARLY, async move |request: Request, response: Response| {
                cors.share(&request, &response)
            })
    }
}

fn list<N: Into<String>>(names: impl IntoIterator<Item = N>) -> String {
    names.into_iter().map(Into::into).collect::<Vec<_>>().join(", ")
}

/// Whether a browser would write an origin like this (RFC 6454 section 6.1).
fn is_origin(origin: &str) -> bool {
    let Some((scheme, host)) = origin.split_once("://") else { return false };
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let host_like = |byte: u8| plain(byte) && !b"/?#@*,".contains(&byte);
    !scheme.is_empty()
        && !host.is_empty()
        && scheme.bytes().all(plain)
        && host.bytes().all(host_like)
}

/// A preflight request has no credentials: it must not reach middleware that requires some.
const EARLY: i32 = -500;
