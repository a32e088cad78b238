//! Starting and stopping a server.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tremolo_core::{Config, LogLevel, Settings};
use tremolo_net::{AccessFormat, ConnectionLimit, ListenAddress, Listening, Stats};
use tremolo_tls::TlsContext;

use super::log;
use super::prepared::Prepared;
use super::worker::{self, ListenerSetup, Phase, WorkerSetup};
use crate::error::{Error, Result};
use crate::listen::Endpoint;
use crate::lock;
use crate::monitor::Monitor;

/// The handle of a server that runs on threads of its own. Dropping it ends the server at once.
#[derive(Debug)]
pub struct ServerHandle {
    addresses: Vec<String>,
    /// The certificates of each listener that has some.
    certificates: Vec<Arc<TlsContext>>,
    phase: watch::Sender<Phase>,
    monitor: Arc<Monitor>,
    workers: Vec<JoinHandle<io::Result<()>>>,
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

    /// Stops accepting and lets running requests finish, for at most `shutdown_timeout`.
    /// Connections without a complete request are closed at once. A client that does not close its
    /// side as well, because its pool keeps the connection, delays the end by `lingering_timeout`.
    pub fn stop(&self) {
        self.enter(Phase::Draining);
    }

    /// Ends at once: handlers are cancelled, connections closed.
    pub fn abort(&self) {
        self.enter(Phase::Aborting);
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
    /// A worker failed.
    pub fn wait(mut self) -> Result<()> {
        self.join()
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
        let mut result = Ok(());
        for worker in self.workers.drain(..) {
            let ended = worker.join().unwrap_or_else(|_| Err(io::Error::other("panicked")));
            result = result.and_then(|()| ended.map_err(Error::Worker));
        }
        result
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        self.abort();
        let _ = self.join();
    }
}

pub(crate) fn start(prepared: Prepared) -> Result<ServerHandle> {
    let Prepared { routes, hooks, state, config, endpoints } = prepared;
    if endpoints.is_empty() {
        return Err(Error::Setup("there is no address to listen on".to_owned()));
    }
    let settings_of = |config| -> Result<Arc<Settings>> {
        Ok(Arc::new(Settings::new(config)?.with_codecs(&tremolo_coding::Standard)))
    };
    let settings = settings_of(config)?;
    let config = settings.config();
    let format = access_format(config)?;
    let failed = |address: &ListenAddress| {
        let address = address.to_string();
        move |source| Error::Listen { address, source }
    };
    let listener = |endpoint: &Endpoint| -> Result<ListenerSetup> {
        let tls = TlsContext::load(&endpoint.config).map_err(Error::Tls)?.map(Arc::new);
        Ok(ListenerSetup { settings: settings_of(endpoint.config.clone())?, tls })
    };
    let listeners = endpoints.iter().map(listener).collect::<Result<Vec<_>>>()?;
    let mut first = Vec::new();
    for endpoint in &endpoints {
        let listening = Listening::bind(&endpoint.address, &endpoint.config);
        first.push(listening.map_err(failed(&endpoint.address))?);
    }
    let mut bound = Vec::new();
    for (listening, endpoint) in first.iter().zip(&endpoints) {
        let address = listening.address().map_err(failed(&endpoint.address))?;
        bound.push(address.url(endpoint.config.is_tls()));
    }
    let worker_num = match config.worker_num {
        0 => thread::available_parallelism().map_or(1, Into::into),
        worker_num => worker_num,
    };
    let mut sets = vec![first];
    for _ in 1..worker_num {
        let own = sets[0].iter().zip(&endpoints);
        let again =
            own.map(|(listening, own)| listening.for_another_worker(&own.address, &own.config));
        sets.push(again.collect::<io::Result<Vec<_>>>().map_err(Error::Worker)?);
    }
    let (phase, watched) = watch::channel(Phase::Serving);
    let limit = ConnectionLimit::new(config, worker_num);
    if limit.is_tight() {
        let ConnectionLimit { connections, descriptors, reserve } = limit;
        tracing::warn!(connections, descriptors, reserve, "{limit}");
    }
    let max_connections = (limit.connections / worker_num).max(1);
    let certificates = listeners.iter().filter_map(|listener| listener.tls.clone()).collect();
    let locks = lock::locks(config.thread_pool_size);
    let monitor = Monitor::new(config, format, worker_num).map_err(access_file_failed(config))?;
    let monitor = Arc::new(monitor);
    let setup = Arc::new(WorkerSetup {
        routes,
        hooks,
        state,
        settings,
        locks,
        max_connections,
        monitor: Arc::clone(&monitor),
        listeners,
    });
    let workers = Vec::with_capacity(worker_num);
    let mut server = ServerHandle { addresses: bound, certificates, phase, monitor, workers };
    for (index, listening) in sets.into_iter().enumerate() {
        let (setup, watched) = (Arc::clone(&setup), watched.clone());
        let thread = thread::Builder::new().name(format!("tremolo-{index}"));
        let worker = thread.spawn(move || worker::run(index, listening, &setup, &watched));
        server.workers.push(worker.map_err(Error::Worker)?);
    }
    Ok(server)
}

fn access_format(config: &Config) -> Result<AccessFormat> {
    AccessFormat::of(config).map_err(|error| Error::Setup(error.to_string()))
}

fn access_file_failed(config: &Config) -> impl Fn(io::Error) -> Error {
    let path = config.access_log_file.clone();
    move |error| Error::Setup(format!("access_log_file: cannot open {path}: {error}"))
}

pub(crate) fn run(prepare: impl FnOnce() -> Result<Prepared>) -> Result<()> {
    if Handle::try_current().is_ok() {
        return Err(Error::InsideRuntime);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(Error::Worker)?;
    runtime.block_on(async {
        // Before the server listens, so that a signal never kills the process instead of stopping
        // it.
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::Worker)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(Error::Worker)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(Error::Worker)?;
        let mut rotated = signal(SignalKind::user_defined1()).map_err(Error::Worker)?;
        let prepared = prepare()?;
        log::init(&prepared.config, &access_format(&prepared.config)?);
        let is_silent = prepared.config.log_level == LogLevel::Off;
        let server = start(prepared)?;
        if !is_silent {
            announce(&server);
        }
        let mut stops = [ServerHandle::stop, ServerHandle::abort].into_iter();
        while stops.len() > 0 {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {
                    reload(&server);
                    continue;
                }
                _ = rotated.recv() => {
                    reopen(&server);
                    continue;
                }
                () = server.ended() => break,
            }
            if let Some(stop) = stops.next() {
                stop(&server);
            }
        }
        server.wait()
    })
}

fn reload(server: &ServerHandle) {
    match server.reload_certificates() {
        Ok(()) => tracing::info!("certificates were loaded again"),
        Err(error) => tracing::error!(%error, "the old certificates remain"),
    }
}

fn reopen(server: &ServerHandle) {
    if let Err(error) = server.reopen_access_log() {
        tracing::error!(%error, "the old file of the access log remains");
    }
}

/// Prints the addresses of the server: the only line on standard output.
fn announce(server: &ServerHandle) {
    let (addresses, workers) = (server.addresses().join(", "), server.workers.len());
    let mut stdout = io::stdout().lock();
    // An error is ignored: the server serves also when its standard output is closed.
    let _ = writeln!(
        stdout,
        "Tremolo {} listens on {addresses} ({workers} worker{})",
        env!("CARGO_PKG_VERSION"),
        if workers == 1 { "" } else { "s" }
    );
    let _ = stdout.flush();
}
