//! An option of a route, by its type.

/// What [`Handler::with_option`](crate::Handler::with_option) says of a route, by its type. `Option<RouteOption<T>>` is `None`
/// if it says nothing of this type.
///
/// Middleware sees the options of the route that it runs for.
///
/// ```
/// use tremolo::{Application, Handler, HttpError, Request, RouteOption};
///
/// #[derive(Clone)]
/// struct Public;
///
/// async fn guard(public: Option<RouteOption<Public>>, request: Request) -> Result<(), HttpError> {
///     let allowed = public.is_some() || request.header("Authorization").is_some();
///     if allowed { Ok(()) } else { Err(HttpError::unauthorized()) }
/// }
///
/// # let _ =
/// Application::new()
///     .on_request(guard)
///     .route("/", (async || "everybody").with_option(Public))
///     .route("/secret", async || "some")
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteOption<T>(pub T);
