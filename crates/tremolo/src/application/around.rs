//! Middleware around handlers, and the parts of an application that it is for.

use tremolo_core::app::PRIORITY;

use super::Application;
use crate::group::Group;
use crate::handler::Handler;
use crate::tower::TowerLayer;

impl Application {
    /// Runs middleware around the handler of every request, also where there is none (404, 405): a
    /// handler with the argument [`Next`](crate::Next), which runs the rest.
    ///
    /// It may answer itself, and then the handler does not run; change what the handler gets
    /// ([`Request::extensions`](crate::Request::extensions)) and what it returns; measure it,
    /// answer its errors, or run it within a time. Streams pass through it piece by piece. Its
    /// time counts as that of the handler (`app_handler_timeout`), and it is dropped with it when
    /// the client leaves.
    ///
    /// ```
    /// use tremolo::{Answer, Application, HttpError, Next, Reply, Request};
    ///
    /// async fn kind(request: Request, next: Next) -> Answer {
    ///     let answer = next.run(request).await;
    ///     match answer.error().map(HttpError::status) {
    ///         Some(404) => "here is something else".into_answer(),
    ///         _ => answer.with_header("X-Kind", "yes"),
    ///     }
    /// }
    ///
    /// # let _ =
    /// Application::new().around(kind).route("/", async || "hi")
    /// # ;
    /// ```
    ///
    /// # The order of middleware
    ///
    /// The first line is the outermost.
    ///
    /// | what | where it runs |
    /// | --- | --- |
    /// | [`on_connect`](Self::on_connect) | once, before the first request of a connection |
    /// | [`RequestIds`](crate::RequestIds), [`Cors`](crate::Cors), [`RateLimit`](crate::RateLimit) | in this order, wherever their lines stand |
    /// | `on_request`, `around`, `layer` of the application | in the order of their lines; after routing, before the arguments of the handler are made |
    /// | those of an application that is mounted | inside those of the application around it, unless it is [`isolated`](Self::isolated) |
    /// | those of a [`Group`], then of a group in it | inside those of the application of the route, in the order of their lines |
    /// | those of one handler ([`Handler::around`], `layer`, `on_request`, `with_timeout`) | each is around what is before it in the expression: the last one is the outermost |
    /// | the handler | |
    /// | [`error`](Self::error) pages | for the error that has come out of all of the above |
    /// | `on_response` of the innermost application, then those of the applications around it | in the reverse order, once before the head is sent, also by a handler that writes it itself |
    ///
    /// A middleware that answers in place of the rest is the end of the way in; those before it, error
    /// pages and all of `on_response` still run.
    #[track_caller]
    pub fn around<M: 'static>(mut self, middleware: impl Handler<M>) -> Self {
        let step = self.draft.checked_around(middleware);
        self.draft.root().on_request.add(PRIORITY, step);
        self
    }

    /// Puts a `tower` layer around the handler of every request, such as those of `tower-http`. It
    /// runs where middleware given to [`around`](Self::around) would. Of several layers the first
    /// one is the outermost, as in `tower::ServiceBuilder`; with `Router::layer` of axum it is the
    /// innermost.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_http::cors::CorsLayer;
    /// use tower_http::timeout::TimeoutLayer;
    /// use tremolo::{Application, StatusCode};
    ///
    /// # let _ =
    /// Application::new()
    ///     .layer(CorsLayer::permissive())
    ///     .layer(TimeoutLayer::with_status_code(
    ///         StatusCode::GATEWAY_TIMEOUT,
    ///         Duration::from_secs(10),
    ///     ))
    ///     .route("/", async || "hi")
    /// # ;
    /// ```
    ///
    /// What a layer gets and what it may change is described at [`TowerLayer`].
    pub fn layer<B>(mut self, layer: impl TowerLayer<B>) -> Self {
        self.draft.root().on_request.add(PRIORITY, layer.into_step());
        self
    }

    /// Adds routes that have middleware in common: see [`Group`].
    pub fn group(mut self, group: Group) -> Self {
        let (routes, registered) = group.into_parts();
        self.draft.registered.extend(registered);
        routes.into_iter().fold(self, Self::add_route)
    }

    /// Runs without the middleware of the application that it is mounted in, and of those around
    /// that one. Of the applications at one prefix all must be isolated; at `/` it has no effect.
    ///
    /// ```
    /// use tremolo::{Application, HttpError};
    ///
    /// let hooks = Application::new().isolated().route("/push", async || "taken");
    ///
    /// # let _ =
    /// Application::new()
    ///     .on_request(async || Err::<(), _>(HttpError::unauthorized()))
    ///     .mount("/hooks", hooks) // /hooks/push is open to all
    /// # ;
    /// ```
    pub fn isolated(mut self) -> Self {
        self.draft.root().is_isolated = true;
        self
    }
}
