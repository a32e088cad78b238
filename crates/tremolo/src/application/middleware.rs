//! Middleware that consists of several parts.

use super::Application;

/// Something that takes part in the way of every request of an application, for
/// [`Application::middleware`]: [`Cors`](crate::Cors), [`RequestIds`](crate::RequestIds), or a type
/// of yours.
///
/// ```
/// use std::time::Instant;
/// use tremolo::errors::ConnectionError;
/// use tremolo::{Application, Middleware, Request, Response};
///
/// #[derive(Clone)]
/// struct Began(Instant);
///
/// struct Timing;
///
/// impl Middleware for Timing {
///     fn add_to(self, application: Application) -> Application {
///         application
///             .on_request(async |request: Request| {
///                 request.extensions().insert(Began(Instant::now()));
///             })
///             .on_response(async |request: Request, response: Response| {
///                 if let Some(Began(at)) = request.extensions().get() {
///                     let value = format!("app;dur={}", at.elapsed().as_millis());
///                     response.set_header("Server-Timing", value)?;
///                 }
///                 Ok::<_, ConnectionError>(())
///             })
///     }
/// }
///
/// # let _ =
/// Application::new().middleware(Timing).route("/", async || "hi")
/// # ;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Middleware`: give a function to `.around(…)`, `.on_request(…)` or \
               `.on_response(…)`, and a `tower` layer to `.layer(…)`",
    label = "not `Middleware`",
    note = "`Middleware` consists of several parts, as `Cors` and `RequestIds` do"
)]
pub trait Middleware {
    /// Adds what it consists of.
    #[track_caller]
    fn add_to(self, application: Application) -> Application;
}

impl Application {
    /// Adds middleware that consists of several parts: [`Cors`](crate::Cors),
    /// [`RequestIds`](crate::RequestIds), or a type of yours. As all middleware it also runs for
    /// applications that are mounted, unless they are [`isolated`](Self::isolated).
    ///
    /// ```
    /// use tremolo::{Application, Cors, RequestIds};
    ///
    /// # let _ =
    /// Application::new()
    ///     .middleware(RequestIds::new())
    ///     .middleware(Cors::new().origin("https://app.example"))
    ///     .route("/", async || "hi")
    /// # ;
    /// ```
    #[track_caller]
    pub fn middleware(self, middleware: impl Middleware) -> Self {
        middleware.add_to(self)
    }
}
