//! Middleware that is ready to use, and what it takes to be added in one call. It is made of what
//! every program can use: `on_request`, `on_response`, and the context of the request.

mod cors;
mod request_id;

pub use self::cors::Cors;
pub use self::request_id::{RequestId, RequestIds};
use crate::application::Application;

/// Something that takes part in the way of every request of an application, for
/// [`Application::middleware`]: [`Cors`], [`RequestIds`], or a type of yours.
///
/// ```
/// use std::time::Instant;
/// use tremolo::{Application, ConnectionError, Middleware, Request, Response};
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
    message = "`{Self}` is no middleware that can be added as a whole",
    label = "not `Middleware`",
    note = "a function or closure is added with `on_request` or `on_response`"
)]
pub trait Middleware {
    /// Adds what it consists of.
    #[track_caller]
    fn add_to(self, application: Application) -> Application;
}
