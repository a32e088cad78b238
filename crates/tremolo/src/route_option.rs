//! An option of a route, by its type.

/// The value of [`Handler::with_option`](crate::Handler::with_option) of this type.
/// `Option<RouteOption<T>>` is `None` if the route has none.
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
///     .route("/", (async || "public").with_option(Public))
///     .route("/secret", async || "secret")
/// # ;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteOption<T>(pub T);
