//! The application: routes, configuration, and how to run them.

use std::fmt;
use std::panic::Location;

use tremolo_core::http1::request::RequestHead;
use tremolo_core::routing::{RouteTable, Router};
use tremolo_core::{Config, Connection, ErrorAnswer, Now, Piece, error_page, reason_of};

use crate::error::{Error, HttpError, Result};
use crate::files::StaticFiles;
use crate::handler::{AnyHandler, Handler, erase};
use crate::serve::{self, Endpoint, Listen, Running};

/// An application: what a server serves.
///
/// ```no_run
/// // Does not return until the process is told to stop.
/// fn main() -> tremolo::Result<()> {
///     tremolo::Application::new()
///         .route("/hello", async || "Hello World!")
///         .run("127.0.0.1:8000")
/// }
/// ```
#[derive(Default)]
#[must_use = "an application does nothing until it is run"]
pub struct Application {
    routes: RouteTable<Box<dyn AnyHandler>>,
    /// The first route that cannot be used; starting tells.
    fault: Option<Error>,
    config: Config,
    listen: Vec<Listen>,
}

impl Application {
    /// An application without routes, with the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a path with a handler. A trailing slash does not matter; of two handlers for one
    /// path the later one wins. A path that begins with `^` or ends with `$` is a regular
    /// expression, searched in the URL with its query. One that cannot be used is an error when
    /// the application starts, which names the line of this call.
    #[track_caller]
    pub fn route<M: 'static>(mut self, path: &str, handler: impl Handler<M>) -> Self {
        if let Err(reason) = self.routes.add(path, erase(handler)) {
            let at = Location::caller();
            self.fault.get_or_insert(Error::Route { reason, at: Some(at) });
        }
        self
    }

    /// Serves everything at and below a prefix with the files of a folder. Of a prefix and another
    /// one below it the longer one wins; a route that is registered later wins over both.
    #[track_caller]
    pub fn mount(mut self, prefix: &str, files: StaticFiles) -> Self {
        let at = Location::caller();
        let folder = files.open().map_err(Error::Folder);
        let mounted = folder.and_then(|folder| {
            let mounted = self.routes.add_prefix(prefix, Box::new(folder));
            mounted.map_err(|reason| Error::Route { reason, at: Some(at) })
        });
        if let Err(error) = mounted {
            self.fault.get_or_insert(error);
        }
        self
    }

    /// Sets the configuration.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tremolo::{Application, Config};
    ///
    /// let config = Config { worker_num: 2, ..Config::default() };
    /// # let _ =
    /// Application::new().config(config)
    /// # ;
    /// ```
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Adds an address to listen on, beside that of [`Application::run`]: `127.0.0.1:8000`,
    /// `[::]:8000` (both families), `localhost:8000`, the path of a Unix socket, or a [`Listen`]
    /// with options.
    pub fn listen(mut self, address: impl Into<Listen>) -> Self {
        self.listen.push(address.into());
        self
    }

    /// Listens, says so in one line on standard output, and serves until SIGINT or SIGTERM; then
    /// stops accepting and finishes what is in work, for at most `shutdown_timeout`. A second
    /// signal ends at once.
    ///
    /// Log lines go to standard error at `log_level`, unless the program has set up `tracing`; with
    /// [`LogLevel::Off`](crate::LogLevel::Off) nothing is printed at all.
    ///
    /// # Errors
    ///
    /// A bad configuration, or an address that cannot be listened on.
    pub fn run(self, address: impl Into<Listen>) -> Result<()> {
        serve::run(self.listen(address))
    }

    /// Starts the workers on threads of their own and returns a handle: for programs that do
    /// more than serve, and for tests (`127.0.0.1:0` takes a free port).
    ///
    /// ```
    /// let server = tremolo::Application::new()
    ///     .route("/", async || "hi")
    ///     .listen("127.0.0.1:0")
    ///     .start()?;
    /// println!("listening on {}", server.addresses()[0]);
    /// server.stop();
    /// server.wait()?;
    /// # Ok::<(), tremolo::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A bad configuration, or an address that cannot be listened on.
    pub fn start(self) -> Result<Running> {
        serve::start(self)
    }

    pub(crate) fn settings(&self) -> &Config {
        &self.config
    }

    pub(crate) fn into_parts(self) -> Result<(Routes, Config, Vec<Endpoint>)> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let router = self.routes.compile().map_err(|reason| Error::Route { reason, at: None })?;
        let endpoints: Result<Vec<_>> =
            self.listen.iter().map(|listen| listen.resolve(&self.config)).collect();
        let routes = Routes {
            router,
            server_name: self.config.server_name.clone(),
            debug: self.config.debug,
        };
        Ok((routes, self.config, endpoints?))
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("listen", &self.listen).finish_non_exhaustive()
    }
}

/// What the workers share of an application.
#[derive(Debug)]
pub(crate) struct Routes {
    router: Router<Box<dyn AnyHandler>>,
    server_name: String,
    debug: bool,
}

impl Routes {
    /// The handler that a path leads to, and where what is behind the prefix begins, if it is one
    /// that serves a prefix.
    pub(crate) fn find(&self, head: &RequestHead) -> Result<(&dyn AnyHandler, usize), HttpError> {
        let path = head.path();
        let found = self.router.find(path, head.url());
        found
            .map(|found| {
                let rest = found.rest.map_or(0, |rest| path.len() - rest.len());
                (&**found.target, rest)
            })
            .ok_or_else(|| {
                let path = String::from_utf8_lossy(path);
                HttpError::not_found().with_message(format!("There is nothing at {path}"))
            })
    }

    /// Answers with the error's page, or cuts the response if its head has gone out; says which.
    pub(crate) fn fail(&self, connection: &mut Connection, now: &Now, error: &HttpError) -> bool {
        let status = error.status();
        let body = match error.content_type() {
            Some(_) => error.message().to_owned(),
            None => {
                let shown = error.source().filter(|_| self.debug).map(|source| source.to_string());
                let detail = shown.as_deref().unwrap_or_else(|| error.message());
                error_page(status, reason_of(status), detail, &self.server_name)
            }
        };
        let content_type = error.content_type().unwrap_or("text/html; charset=utf-8");
        let (reason, body, fields) = (None, Piece::from(body), error.fields());
        connection.fail(now, ErrorAnswer { status, reason, content_type, fields, body })
    }
}
