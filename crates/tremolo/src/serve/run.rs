//! Starting and stopping a server.

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::sync::watch;
use tremolo_core::{Config, Settings};
use tremolo_net::{AccessFormat, ConnectionLimit, ListenAddress, Listening, PidFile, Stats};

use super::acceptor::Acceptor;
use super::coding::with_codecs;
use super::handover::Successor;
use super::places::SharedPlaces;
use super::prepared::Prepared;
use super::setup::{ListenerSetup, WorkerSetup};
use super::watch::{Heartbeats, Watch};
use super::worker;
use crate::error::{Error, Result};
use crate::listen::Endpoint;
use crate::lock;
use crate::monitor::Monitor;
use crate::phase::Phase;
use crate::race::{Winner, race};
use crate::tls::TlsContext;

/// The handle of a server that runs on threads of its own. Dropping it ends the server at once.
#[must_use = "dropping it ends the server at once; keep it, or await `run_until`"]
#[derive(Debug)]
pub struct ServerHandle {
    addresses: Vec<String>,
    /// The certificates of each listener that has some.
    certificates: Vec<Arc<TlsContext>>,
    phase: watch::Sender<Phase>,
    /// The number of workers that serve.
    serving: watch::Receiver<usize>,
    monitor: Arc<Monitor>,
    workers: Vec<JoinHandle<io::Result<usize>>>,
    _watch: Watch,
    /// Dropped after the workers have ended.
    _pid_file: Option<PidFile>,
}

impl ServerHandle {
    /// The addresses that it listens on, such as `http://127.0.0.1:8000` or the path of a Unix
    /// socket, with the ports that the system has chosen.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    /// What all workers have done since the start.
    ///
    /// ```
    /// use tremolo::Application;
    ///
    /// let server = Application::new().route("/", async || "hi").listen("127.0.0.1:0").start()?;
    /// assert_eq!(server.stats().requests(), 0);
    /// # Ok::<(), tremolo::Error>(())
    /// ```
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.monitor.stats()
    }

    /// Whether all workers have started and the server does not shut down.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.monitor.is_ready()
    }

    /// Reads certificates and keys again, as `run` does on SIGHUP. Connections that are open keep
    /// theirs. Without this call, files that have changed are noticed within a second.
    ///
    /// # Errors
    ///
    /// A file cannot be used: that listener keeps its old ones.
    pub fn reload_certificates(&self) -> Result<()> {
        let reloaded = self.certificates.iter().map(|tls| tls.reload().map_err(Error::Tls));
        reloaded.fold(Ok(()), Result::and)
    }

    /// Opens the file of the access log anew ([`Config::access_log_file`](crate::Config)), as `run`
    /// does on SIGUSR1: call it after the file was renamed.
    ///
    /// # Errors
    ///
    /// The file cannot be opened: the old one is written further on.
    pub fn reopen_access_log(&self) -> Result<()> {
        self.monitor.reopen_access_log().map_err(Error::Worker)
    }

    /// Lets running requests finish, for at most `shutdown_timeout`. A client without a request may
    /// send one for `drain_grace`; until then clients that connect are served as well. Then idle
    /// connections are closed. A client that does not close its side as well, because its pool keeps
    /// the connection, delays the end by `lingering_timeout`.
    ///
    /// Handlers notice it by [`Request::draining`](crate::Request::draining).
    pub fn stop(&self) {
        self.enter(Phase::Draining);
    }

    /// Ends at once: handlers are cancelled, connections closed.
    pub fn abort(&self) {
        self.enter(Phase::Aborting);
    }

    /// Waits until all workers serve: the hooks of
    /// [`Application::on_worker_start`](crate::Application::on_worker_start) have run. It also
    /// returns when the workers have ended.
    pub async fn ready(&self) {
        let workers = self.workers.len();
        let _ = self.serving.clone().wait_for(|serving| *serving >= workers).await;
    }

    /// Waits until all workers have ended, without blocking its thread. [`ServerHandle::wait`]
    /// returns at once then, with the error of a worker if there is one.
    pub async fn ended(&self) {
        self.phase.closed().await;
    }

    /// Waits until all workers have ended. It blocks its thread: in an async function, await
    /// [`ServerHandle::ended`] before.
    ///
    /// # Errors
    ///
    /// A worker failed; [`Error::Unfinished`] if requests were cancelled.
    pub fn wait(mut self) -> Result<()> {
        self.join()
    }

    /// Serves until this future is ready, then stops as [`ServerHandle::stop`] does, and waits for
    /// the end without blocking its thread. It ends earlier if the workers do.
    ///
    /// ```no_run
    /// use tremolo::Application;
    ///
    /// #[tokio::main(flavor = "current_thread")]
    /// async fn main() -> tremolo::Result<()> {
    ///     let application = Application::new().route("/", async || "hi");
    ///     application.listen("127.0.0.1:8000").start()?.run_until(tokio::signal::ctrl_c()).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`ServerHandle::wait`].
    pub async fn run_until<F: Future>(self, stop: F) -> Result<()> {
        if let Winner::First(_) = race(stop, self.ended()).await {
            self.stop();
        }
        self.ended().await;
        self.wait()
    }

    pub(super) fn worker_num(&self) -> usize {
        self.workers.len()
    }

    fn enter(&self, phase: Phase) {
        self.monitor.drain();
        self.phase.send_if_modified(|current| {
            let later = *current != Phase::Aborting && *current != phase;
            if later {
                *current = phase;
            }
            later
        });
    }

    fn join(&mut self) -> Result<()> {
        let mut result = Ok(0);
        for worker in self.workers.drain(..) {
            let ended = worker.join().unwrap_or_else(|_| Err(io::Error::other("panicked")));
            let sum = |sum: usize| ended.map(|unfinished| sum + unfinished).map_err(Error::Worker);
            result = result.and_then(sum);
        }
        match result? {
            0 => Ok(()),
            unfinished => Err(Error::Unfinished(unfinished)),
        }
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.abort();
        let _ = self.join();
    }
}

pub(crate) fn start(prepared: Prepared) -> Result<ServerHandle> {
    start_with_sockets(prepared).map(|(server, _)| server)
}

/// Starts a server. Returns also the sockets of its first worker, for the next process.
pub(super) fn start_with_sockets(mut prepared: Prepared) -> Result<(ServerHandle, Successor)> {
    let endpoints = std::mem::take(&mut prepared.endpoints);
    if endpoints.is_empty() {
        return Err(Error::Setup("there is no address to listen on".to_owned()));
    }
    let start_timeout = prepared.config.start_timeout;
    let (mut bound, mut sockets) = (Vec::new(), Vec::new());
    let mut server = launch(prepared, |settings| {
        let listeners = endpoints.iter().map(|endpoint| listener_setup(endpoint, settings));
        let listeners = listeners.collect::<Result<Vec<_>>>()?;
        let worker_num = match settings.config().worker_num {
            0 => thread::available_parallelism().map_or(1, Into::into),
            worker_num => worker_num,
        };
        let acceptors = listen(&endpoints, worker_num)?;
        for (listening, endpoint) in acceptors.iter().take(1).flatten().zip(&endpoints) {
            let address = listening.address().map_err(cannot_listen(&endpoint.address))?;
            bound.push(address.url(endpoint.config.is_tls()));
            sockets.push((endpoint.address.clone(), Arc::clone(listening)));
        }
        Ok(Entry { listeners, acceptors })
    })?;
    server.addresses = bound;
    Ok((server, Successor::new(sockets, start_timeout)))
}

/// Where the connections of a server come from.
pub(super) struct Entry<A> {
    pub(super) listeners: Vec<ListenerSetup>,
    /// One for each worker.
    pub(super) acceptors: Vec<A>,
}

/// Starts a server. `enter` makes what its workers accept from, after the configuration was checked.
pub(super) fn launch<A: Acceptor>(
    prepared: Prepared,
    enter: impl FnOnce(&Settings) -> Result<Entry<A>>,
) -> Result<ServerHandle> {
    let Prepared { routes, hooks, state, config, endpoints: _, warnings } = prepared;
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    config.validate_for_rust()?;
    let settings = Arc::new(with_codecs(Settings::new(config)?)?);
    let config = settings.config();
    let format = access_format(config)?;
    let Entry { listeners, acceptors } = enter(&settings)?;
    let worker_num = acceptors.len();
    let pid_file = pid_file(&config.pid_file)?;
    let (phase, watched) = watch::channel(Phase::Serving);
    let limit = ConnectionLimit::new(config, worker_num);
    if limit.is_tight() {
        let ConnectionLimit { connections, descriptors, reserve } = limit;
        tracing::warn!(connections, descriptors, reserve, "{limit}");
    }
    let places = SharedPlaces::new(limit.connections);
    let certificates = listeners.iter().filter_map(|listener| listener.tls.clone()).collect();
    let locks = lock::locks(config.thread_pool_size);
    let monitor = Monitor::new(config, format, worker_num).map_err(access_file_failed(config))?;
    let monitor = Arc::new(monitor);
    let (serving, watched_serving) = watch::channel(0);
    let heartbeats = Heartbeats::new(worker_num);
    let mut server = ServerHandle {
        addresses: Vec::new(),
        certificates,
        phase,
        monitor: Arc::clone(&monitor),
        serving: watched_serving,
        workers: Vec::new(),
        _watch: heartbeats.watch().map_err(Error::Worker)?,
        _pid_file: pid_file,
    };
    let setup = Arc::new(WorkerSetup {
        routes,
        hooks,
        state,
        settings,
        locks,
        monitor,
        places,
        share: (limit.connections / worker_num).max(1),
        heartbeats,
        serving,
        listeners,
    });
    for (index, acceptor) in acceptors.into_iter().enumerate() {
        let (setup, watched) = (Arc::clone(&setup), watched.clone());
        let thread = thread::Builder::new().name(format!("tremolo-{index}"));
        let worker = thread.spawn(move || worker::run(index, acceptor, &setup, &watched));
        server.workers.push(worker.map_err(Error::Worker)?);
    }
    Ok(server)
}

fn listener_setup(endpoint: &Endpoint, server: &Settings) -> Result<ListenerSetup> {
    let tls = TlsContext::load(&endpoint.config).map_err(Error::Tls)?.map(Arc::new);
    let own = with_codecs(Settings::new(endpoint.config.clone())?)?;
    Ok(ListenerSetup { settings: Arc::new(own.counting_with(server)), tls })
}

/// The listening sockets of each worker, one for each endpoint.
fn listen(endpoints: &[Endpoint], worker_num: usize) -> Result<Vec<Vec<Arc<Listening>>>> {
    let mut first = Vec::new();
    for endpoint in endpoints {
        let listening = Listening::bind(&endpoint.address, &endpoint.config);
        first.push(Arc::new(listening.map_err(cannot_listen(&endpoint.address))?));
    }
    let mut sets = vec![first];
    for _ in 1..worker_num {
        let own = sets[0].iter().zip(endpoints);
        let again = own.map(|(listening, own)| {
            listening.for_another_worker(&own.address, &own.config).map(Arc::new)
        });
        sets.push(again.collect::<io::Result<Vec<_>>>().map_err(Error::Worker)?);
    }
    Ok(sets)
}

fn cannot_listen(address: &ListenAddress) -> impl FnOnce(io::Error) -> Error {
    let address = address.to_string();
    move |source| Error::Listen { address, source }
}

fn pid_file(path: &str) -> Result<Option<PidFile>> {
    if path.is_empty() {
        return Ok(None);
    }
    let file = PidFile::create(path.as_ref());
    file.map(Some).map_err(|source| Error::PidFile { path: path.to_owned(), source })
}

pub(super) fn access_format(config: &Config) -> Result<AccessFormat> {
    AccessFormat::of(config).map_err(|error| Error::Setup(error.to_string()))
}

fn access_file_failed(config: &Config) -> impl Fn(io::Error) -> Error {
    let path = config.access_log_file.clone();
    move |error| Error::Setup(format!("access_log_file: cannot open {path}: {error}"))
}
