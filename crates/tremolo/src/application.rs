//! The application: routes, configuration, and how to run them.

mod around;
mod defaults;
mod middleware;
mod mount;
mod register;
mod responses;

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use tremolo_core::Config;
use tremolo_core::routing::RouteError;

use self::defaults::ResponseDefaults;
pub use self::middleware::Middleware;
use crate::draft::{Draft, Registered};
use crate::error::{Error, Result};
use crate::group::GroupRoute;
use crate::handler::{Handler, erase};
use crate::listen::IntoListen;
use crate::next::Step;
use crate::pipeline::{PageHandlers, Pages, Routes};
use crate::request_id;
use crate::requirements::Requirements;
use crate::route_entry::RouteEntry;
use crate::serve::{self, Prepared, ServerHandle};

/// An application: what a server serves.
///
/// ```no_run
/// // Returns when the process receives SIGINT or SIGTERM.
/// fn main() -> tremolo::Result<()> {
///     tremolo::Application::new()
///         .route("/hello", async || "Hello World!")
///         .run("127.0.0.1:8000")
/// }
/// ```
#[must_use = "an application does nothing until it is run"]
#[derive(Default)]
pub struct Application {
    draft: Draft,
    pages: PageHandlers,
    /// What the program has set; without it `run` reads the environment.
    config: Option<Config>,
    responses: ResponseDefaults,
}

impl Application {
    /// An application without routes, with the default configuration.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a path with a handler. Slashes at the end do not matter, and neither does whether a
    /// character is percent-encoded that need not be (RFC 3986 section 6.2.2): `/hello` is also
    /// `/%68ello`, and `/café` means `/caf%C3%A9`. A handler serves every method that it is called
    /// with, except TRACE and CONNECT, which the server refuses. The path `*` answers `OPTIONS *` in
    /// the place of the server.
    ///
    /// ```
    /// use tremolo::methods::get;
    /// use tremolo::{Application, Path};
    ///
    /// # let _ =
    /// Application::new()
    ///     .route("/users", get(async || "all").post(async |name: String| (201, name))) // /users/
    ///     .route("/users/{id}", async |Path(id): Path<u64>| id.to_string()) // /users/7?x=y
    ///     .route("/files/{*rest}", async |Path(rest): Path<String>| rest) // /files/a/b.txt
    ///     .route(r"/{year:\d{4}}/{slug}", async |Path((year, slug)): Path<(u16, String)>| {
    ///         format!("{slug} of {year}")
    ///     })
    /// # ;
    /// ```
    ///
    /// [`Path`](crate::Path) makes values of parameters, percent-decoded:
    ///
    /// - `{id}` matches what is not empty and has no slash: a segment, or a part of one, as in
    ///   `/{name}.txt`.
    /// - `{*rest}` at the end matches everything up to the query. It may have slashes, and is not
    ///   empty: `/files/{*rest}` does not match `/files/`.
    /// - `{id:\d+}` matches what the regular expression matches, within one segment unless the
    ///   expression matches slashes, as `.+` does. It is not empty and has no query.
    /// - `{{` and `}}` are the characters themselves.
    ///
    /// A path that begins with `^` or ends with `$` is a regular expression, searched in the URL
    /// with its query; a final `$` also matches before the query. Here a trailing slash does
    /// matter. Its parameters are its groups: `r"^/users/(?P<id>\d+)$"`.
    ///
    /// If several routes match, the order of registration does not matter: an exact path comes
    /// first, then paths with parameters, then regular expressions, then what is mounted. Two paths
    /// with parameters are compared segment by segment from the left: text, text with a parameter,
    /// `{id:\d+}`, `{id}`, `{*rest}`. Of two regular expressions that match, and of two handlers for
    /// one exact path, the later one wins.
    ///
    /// Tables of [`methods`](crate::methods) for one path are merged. These are errors when the
    /// application starts, which name the lines of the calls: an invalid path, such as one with the
    /// `:id` or `<id>` of other routers; paths with parameters that serve the same requests
    /// (`/users/{id}` and `/users/{name}`). An exact path that is given twice is a warning in the log.
    #[track_caller]
    pub fn route<M: 'static>(self, path: &str, handler: impl Handler<M>) -> Self {
        let (path, at) = (path.to_owned(), Location::caller());
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        requirements.without_next();
        self.add_route(GroupRoute { path, handler: erase(handler), requirements, at })
    }

    fn add_route(mut self, route: GroupRoute) -> Self {
        let GroupRoute { path, handler, mut requirements, at } = route;
        self.draft.entries.push(RouteEntry::route(&path, handler.methods().as_ref(), at));
        match self.draft.add_route(&path, handler, &at.to_string()) {
            Ok(0) => requirements.without_path(),
            Ok(_) => {}
            Err(reason) => {
                // This error has both places itself.
                let at = Some(at).filter(|_| !matches!(reason, RouteError::ServedTwice(_)));
                self.draft.fault.get_or_insert(Error::Route { reason, at });
            }
        }
        let what = format!("the route {path}");
        self.draft.registered.push(Registered { what, at, requirements });
        self
    }

    /// The routes that were registered, in order, with those of groups and of mounted applications.
    /// Tables of [`methods`](crate::methods) that were given to the same path are an entry each.
    ///
    /// ```
    /// use tremolo::Application;
    /// use tremolo::methods::get;
    ///
    /// let users = Application::new().route("/{id}", get(async || "one").post(async || "more"));
    /// let application = Application::new().route("/", async || "all").mount("/users", users);
    /// let [all, user] = application.routes() else { panic!("there are two routes") };
    /// assert_eq!((all.prefix(), all.path(), all.methods()), ("", Some("/"), None));
    /// assert_eq!((user.prefix(), user.path()), ("/users", Some("/{id}")));
    /// assert_eq!(user.methods().map(<[_]>::len), Some(2));
    /// println!("{user}"); // GET, POST /users/{id} (src/main.rs:4:34)
    /// ```
    #[must_use]
    pub fn routes(&self) -> &[RouteEntry] {
        &self.draft.entries
    }

    /// Sets the configuration.
    ///
    /// What is not set here can be the default, or come from the environment and from a file:
    /// [`Config::from_env`], [`Config::from_file`]. [`run`](Self::run) uses `Config::from_env`
    /// where this method was not called.
    ///
    /// ```
    /// use tremolo::{Application, Config};
    ///
    /// # fn main() -> tremolo::Result<()> {
    /// let config = Config { worker_num: 2, ..Config::from_env()? };
    /// # let _ =
    /// Application::new().config(config)
    /// # ;
    /// # Ok(())
    /// # }
    /// ```
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Adds an address to listen on, beside that of [`Application::run`]: `127.0.0.1:8000`,
    /// `[::]:8000` (both families), `localhost:8000`, the path of a Unix socket, `fd://3`,
    /// `systemd://`, a `SocketAddr`, `("127.0.0.1", 8000)`, or a [`Listen`](crate::Listen) with
    /// options.
    pub fn listen(mut self, address: impl IntoListen) -> Self {
        self.draft.listen.push(address.into_listen());
        self
    }

    /// Listens, prints the addresses in one line on standard output, and serves until SIGINT or
    /// SIGTERM; then stops accepting and finishes the current requests, for at most
    /// `shutdown_timeout`. A second signal ends at once. It blocks its thread, so it refuses to run
    /// inside a tokio runtime, in an async function for instance: use [`Application::start`] there.
    ///
    /// Without [`config`](Self::config) its options are those of the environment, as for
    /// [`Config::from_env`]: `TREMOLO_KEEPALIVE_TIMEOUT=15s`, and the file of `TREMOLO_CONFIG`.
    ///
    /// Log lines go to standard error at `log_level`, unless the program has set up `tracing`; with
    /// [`LogLevel::Off`](crate::config::LogLevel::Off) nothing is printed at all.
    ///
    /// # Errors
    ///
    /// A bad configuration, or an address that cannot be listened on; [`Error::InsideRuntime`] on
    /// a thread of a tokio runtime.
    pub fn run(self, address: impl IntoListen) -> Result<()> {
        let mut application = self.listen(address);
        serve::run(|| {
            if application.config.is_none() {
                application.config = Some(Config::from_env()?);
            }
            application.prepare()
        })
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
    /// It needs no runtime, and may be called inside of one. In an async `main`, what the handlers
    /// share is opened before the server starts and closed after it has ended. The workers have
    /// runtimes of their own: a socket that is opened in a handler, by a pool too, is driven by the
    /// runtime of that worker and ends with it. A pool for each worker belongs into
    /// [`on_worker_start`](Self::on_worker_start) and [`on_worker_stop`](Self::on_worker_stop). The
    /// example `async_main` is a whole program.
    ///
    /// ```no_run
    /// // Returns when the process receives SIGINT or SIGTERM.
    /// use tremolo::{Application, State};
    ///
    /// # #[derive(Clone)]
    /// # struct Pool;
    /// # impl Pool {
    /// #     async fn open(_: &str) -> std::io::Result<Self> { Ok(Self) }
    /// #     async fn count(&self) -> u64 { 0 }
    /// #     async fn close(&self) {}
    /// # }
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> Result<(), Box<dyn std::error::Error>> {
    ///     let pool = Pool::open("db://localhost").await?;
    ///     let server = Application::new()
    ///         .state(pool.clone())
    ///         .route("/count", async |State(pool): State<Pool>| pool.count().await.to_string())
    ///         .listen("127.0.0.1:8000")
    ///         .start()?;
    ///     // Then current requests are finished, within `shutdown_timeout`.
    ///     server.run_until(tokio::signal::ctrl_c()).await?;
    ///     pool.close().await;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// Signals are not watched, no logger is set up, and the environment is not read: the program
    /// does it itself, with `.config(Config::from_env()?)` for instance.
    ///
    /// # Errors
    ///
    /// A bad configuration, or an address that cannot be listened on.
    pub fn start(self) -> Result<ServerHandle> {
        serve::start(self.prepare()?)
    }

    /// Records a reason why the application cannot be served.
    #[track_caller]
    pub(crate) fn with_flaw(mut self, what: &str, why: String) -> Self {
        self.draft.add_flaw(what, why);
        self
    }

    /// Checks everything that was registered, and makes the value that a server starts from.
    pub(crate) fn prepare(mut self) -> Result<Prepared> {
        if self.config.as_ref().is_some_and(|config| config.request_ids) {
            for scope in self.draft.scopes.outermost() {
                let (make, send_back) = (erase(request_id::make), erase(request_id::send_back));
                scope.on_request.add(request_id::PRIORITY, Step::before(make));
                scope.on_response.add(request_id::PRIORITY, Step::before(send_back));
            }
        }
        let Draft { routes, fault, scopes, hooks, state, registered, listen, entries: _ } =
            self.draft;
        if let Some(fault) = fault {
            return Err(fault);
        }
        let overridden = routes.overridden().iter();
        let warnings = overridden.map(|twice| format!("{twice}; only the later one serves"));
        let warnings = warnings.collect();
        let router = routes.compile().map_err(|reason| Error::Route { reason, at: None })?;
        for Registered { what, at, requirements } in registered {
            if let Some(why) = requirements.unmet(&state) {
                return Err(Error::Setup(format!("{what}: {why} ({at})")));
            }
        }
        let config = self.responses.apply_to(self.config.unwrap_or_default());
        let endpoints: Result<Vec<_>> =
            listen.iter().map(|listen| listen.resolve(&config)).collect();
        let pages = Pages::new(self.pages, config.server_name.clone(), config.debug);
        Ok(Prepared {
            routes: Routes::new(router, scopes, pages),
            hooks: hooks.finish(),
            state: Arc::new(state),
            endpoints: endpoints?.into_iter().flatten().collect(),
            config,
            warnings,
        })
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("listen", &self.draft.listen).finish_non_exhaustive()
    }
}
