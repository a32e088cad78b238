//! Registration beside routes: middleware, error pages, state, hooks.

use tremolo_core::app::{PAGE_STATUSES, PRIORITY};

use super::Application;
use crate::context::{ConnectionContext, WorkerContext};
use crate::extract::SharedState;
use crate::handler::Handler;
use crate::hooks::{Hook, erase};
use crate::next::Step;

impl Application {
    /// Runs a handler before the handler of every request, also where there is none (404, 405).
    ///
    /// If it returns a body or an error, or has answered through its [`Response`](crate::Response),
    /// that is the response: neither the handler nor the middleware after it runs. If it returns
    /// nothing, the request continues; status and fields that it has set stay.
    ///
    /// ```
    /// use tremolo::{Application, HttpError, Request};
    ///
    /// async fn authenticate(request: Request) -> Result<(), HttpError> {
    ///     match request.header("X-Token") {
    ///         Some("secret") => Ok(()),
    ///         _ => Err(HttpError::unauthorized()),
    ///     }
    /// }
    ///
    /// # let _ =
    /// Application::new().on_request(authenticate).route("/", async || "welcome")
    /// # ;
    /// ```
    #[track_caller]
    pub fn on_request<M: 'static>(self, middleware: impl Handler<M>) -> Self {
        self.on_request_at(PRIORITY, middleware)
    }

    /// The same at a place of its own, wherever its line stands: for ready-made middleware.
    #[track_caller]
    pub(crate) fn on_request_at<M: 'static>(
        mut self,
        priority: i32,
        middleware: impl Handler<M>,
    ) -> Self {
        let middleware = self.draft.checked(format_args!("on_request"), middleware);
        self.draft.root().on_request.add(priority, Step::before(middleware));
        self
    }

    /// Runs a handler once before the head of every response is sent: of what a handler returns,
    /// yields, writes or ends, of error pages, and of answers to malformed requests (whose
    /// [`Request`](crate::Request) is empty). It does not run before raw bytes (`send`). If an
    /// error page then replaces the head, it runs again for the page.
    ///
    /// It may change status and fields of the [`Response`](crate::Response). A body that it returns
    /// replaces one that was returned whole; an error that it returns is answered instead.
    ///
    /// ```
    /// use tremolo::errors::ConnectionError;
    /// use tremolo::{Application, Response};
    ///
    /// async fn stamp(response: Response) -> Result<(), ConnectionError> {
    ///     response.set_header("X-Frame-Options", "DENY")
    /// }
    ///
    /// # let _ =
    /// Application::new().on_response(stamp).route("/", async || "hi")
    /// # ;
    /// ```
    #[track_caller]
    pub fn on_response<M: 'static>(self, middleware: impl Handler<M>) -> Self {
        self.on_response_at(PRIORITY, middleware)
    }

    /// The same at a place of its own, wherever its line stands: for ready-made middleware.
    #[track_caller]
    pub(crate) fn on_response_at<M: 'static>(
        mut self,
        priority: i32,
        middleware: impl Handler<M>,
    ) -> Self {
        let middleware = self.draft.checked(format_args!("on_response"), middleware);
        self.draft.root().on_response.add(priority, Step::before(middleware));
        self
    }

    /// Answers errors of a status, 400 to 511, with this page: errors that a handler, an extractor
    /// or middleware returns, panics, timeouts, 404, 405, and malformed requests. With another
    /// status the server does not start.
    ///
    /// The handler can take the [`ErrorInfo`](crate::ErrorInfo). Text or bytes are the page;
    /// nothing (`()`, `None`) keeps the built-in one. Status and fields of the error
    /// ([`HttpError::with_header`](crate::HttpError::with_header), `Allow`) are set already, and
    /// can be changed through the [`Response`](crate::Response). If it fails itself, the answer is
    /// a built-in 500.
    ///
    /// ```
    /// use tremolo::{Application, ErrorInfo, Json};
    ///
    /// async fn page(error: ErrorInfo) -> Json<(u16, String)> {
    ///     Json((error.status(), error.message().to_owned()))
    /// }
    ///
    /// let application = Application::new().error(404, page);
    /// # let _ = application;
    /// ```
    ///
    /// One page for all errors is [`Application::errors`].
    #[track_caller]
    pub fn error<M: 'static>(mut self, status: u16, page: impl Handler<M>) -> Self {
        let page = self.draft.checked(format_args!("the error page {status}"), page);
        if !PAGE_STATUSES.contains(&status)
            && let Some(page) = self.draft.registered.last_mut()
        {
            page.requirements.flaw("its status is not one of 400 to 511");
        }
        self.pages.set(status, page);
        self
    }

    /// Answers all errors with this page, 400 to 511, but for those that have a page of their own
    /// ([`Application::error`]) or a content type of their own
    /// ([`HttpError::with_json`](crate::HttpError::with_json)).
    ///
    /// ```
    /// use tremolo::{Application, ErrorInfo, Html};
    ///
    /// async fn page(error: ErrorInfo) -> Html<String> {
    ///     Html(format!("<h1>{}</h1>", error.status()))
    /// }
    ///
    /// # let _ =
    /// Application::new().errors(page)
    /// # ;
    /// ```
    #[track_caller]
    pub fn errors<M: 'static>(mut self, page: impl Handler<M>) -> Self {
        self.pages.any = Some(self.draft.checked(format_args!("the page of all errors"), page));
        self
    }

    /// Gives all handlers a value that they can take as [`State<T>`](crate::State): one of each
    /// type, and the later of two wins.
    ///
    /// ```
    /// use tremolo::{Application, State};
    ///
    /// # let _ =
    /// Application::new().state("hi").route("/", async |State(text): State<&'static str>| text)
    /// # ;
    /// ```
    pub fn state<T: SharedState>(mut self, value: T) -> Self {
        self.draft.state.insert(value);
        self
    }

    /// Runs when a worker starts, before it accepts connections. A worker whose hook fails ends. Of
    /// several hooks the first line runs first.
    ///
    /// ```
    /// use tremolo::{Application, WorkerContext};
    ///
    /// # let _ =
    /// Application::new().on_worker_start(async |worker: WorkerContext| worker.insert("made here"))
    /// # ;
    /// ```
    pub fn on_worker_start<M: 'static>(mut self, hook: impl Hook<WorkerContext, M>) -> Self {
        self.draft.hooks.worker_start.add(PRIORITY, erase(hook));
        self
    }

    /// Runs when a worker stops, after its last connection has ended; for at most
    /// `shutdown_timeout`. Of several hooks the last line runs first: what was opened first is closed
    /// last.
    ///
    /// ```
    /// # let _ =
    /// tremolo::Application::new().on_worker_stop(async || println!("stopped"))
    /// # ;
    /// ```
    pub fn on_worker_stop<M: 'static>(mut self, hook: impl Hook<WorkerContext, M>) -> Self {
        self.draft.hooks.worker_stop.add(PRIORITY, erase(hook));
        self
    }

    /// Runs when a connection is accepted, before anything is read, for at most
    /// `app_handler_timeout`. An error closes the connection without an answer. Other connections
    /// do not wait for it. Of several hooks the first line runs first.
    ///
    /// ```
    /// use tremolo::{Application, ConnectionContext, HttpError};
    ///
    /// async fn only_local(connection: ConnectionContext) -> Result<(), HttpError> {
    ///     let local = connection.client().is_none_or(|client| client.ip().is_loopback());
    ///     if local { Ok(()) } else { Err(HttpError::forbidden()) }
    /// }
    ///
    /// # let _ =
    /// Application::new().on_connect(only_local)
    /// # ;
    /// ```
    pub fn on_connect<M: 'static>(mut self, hook: impl Hook<ConnectionContext, M>) -> Self {
        self.draft.hooks.connect.add(PRIORITY, erase(hook));
        self
    }

    /// Runs when a connection has ended, for any reason, for at most `app_close_timeout`. Of several
    /// hooks the last line runs first.
    ///
    /// ```
    /// use tremolo::{Application, ConnectionContext};
    ///
    /// # let _ =
    /// Application::new().on_close(async |connection: ConnectionContext| {
    ///     println!("{:?} is gone", connection.client());
    /// })
    /// # ;
    /// ```
    pub fn on_close<M: 'static>(mut self, hook: impl Hook<ConnectionContext, M>) -> Self {
        self.draft.hooks.close.add(PRIORITY, erase(hook));
        self
    }
}
