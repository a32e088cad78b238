//! A worker: one thread, one runtime, one acceptor each; nothing is shared while it serves.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tremolo_core::CloseReason;

use super::accept_loop::AcceptLoop;
use super::acceptor::Acceptor;
use super::access;
use super::connections::Connections;
use super::pacing;
use super::setup::WorkerSetup;
use crate::context::WorkerContext;
use crate::extensions::Extensions;
use crate::hooks::{run_all, run_until_error};
use crate::local_task::start_task;
use crate::phase::{Draining, Phase, wait_until};
use crate::race::{Winner, race};
use crate::resources::Resources;
use crate::worker_state::WorkerState;

/// Serves until the phase changes; returns the number of requests that were cancelled then. A worker
/// that panics starts again, with the same acceptor; panics of handlers are caught earlier.
pub(super) fn run(
    index: usize,
    mut acceptor: impl Acceptor,
    setup: &Arc<WorkerSetup>,
    phase: &watch::Receiver<Phase>,
) -> io::Result<usize> {
    let run = || {
        let resources = Resources::new(setup.settings.config(), Arc::clone(&setup.locks));
        let worker = WorkerState {
            index,
            app: Arc::clone(&setup.state),
            context: Extensions::default(),
            resources,
            draining: Draining::new(phase.clone()),
            has_on_response: setup.routes.has_on_response(),
            monitor: Arc::clone(&setup.monitor),
        };
        run_once(&mut acceptor, setup, worker, phase.clone())
    };
    let wait = |pause| {
        setup.monitor.worker(index).set_serving(false);
        std::thread::sleep(pause);
    };
    restart_after_panics(run, wait, || *phase.borrow() == Phase::Serving)
}

/// Runs until there is a result. After a panic it runs again, while the server serves, each time
/// after a longer pause.
fn restart_after_panics(
    mut run: impl FnMut() -> io::Result<usize>,
    mut wait: impl FnMut(Duration),
    is_serving: impl Fn() -> bool,
) -> io::Result<usize> {
    let mut pause = FIRST_RESTART_PAUSE;
    loop {
        match catch_unwind(AssertUnwindSafe(&mut run)) {
            Ok(result) => return result,
            Err(_) if !is_serving() => return Ok(0),
            Err(_) => tracing::error!(?pause, "a worker panicked; it starts again"),
        }
        wait(pause);
        pause = (pause * 2).min(LAST_RESTART_PAUSE);
    }
}

fn run_once(
    acceptor: &mut impl Acceptor,
    setup: &Arc<WorkerSetup>,
    worker: WorkerState,
    phase: watch::Receiver<Phase>,
) -> io::Result<usize> {
    let threads = setup.settings.config().thread_pool_size + FILE_THREADS;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(threads)
        .event_interval(EVENT_INTERVAL)
        .build_local(tokio::runtime::LocalOptions::default())?;
    let live = || runtime.block_on(live(acceptor, setup, &Arc::new(worker), phase));
    let lived = catch_unwind(AssertUnwindSafe(live));
    // A blocking handler that does not return must not keep the server from ending.
    runtime.shutdown_timeout(CLEAN_UP);
    lived.unwrap_or_else(|panic| resume_unwind(panic))
}

/// The life of a worker, between its hooks.
async fn live(
    acceptor: &mut impl Acceptor,
    setup: &Arc<WorkerSetup>,
    worker: &Arc<WorkerState>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<usize> {
    let (hooks, context) = (&setup.hooks, WorkerContext::new(Arc::clone(worker)));
    // A worker that is stopped before it starts still serves the clients in its accept queue.
    let starting = run_until_error(&hooks.worker_start, &context);
    let is_stopped = wait_until(&mut phase, Phase::is_stopped);
    match race(starting, is_stopped).await {
        Winner::First(started) => started.map_err(|error| {
            let error = error.log_text();
            tracing::error!(%error, "a worker could not start");
            io::Error::other(error)
        })?,
        Winner::Second(_) => return Ok(0),
    }
    let result = serve(acceptor, setup, worker, phase.clone()).await;
    worker.own_monitor().set_serving(false);
    worker.own_monitor().flush_access_log();
    if !hooks.worker_stop.is_empty() {
        let limit = setup.settings.config().shutdown_timeout;
        let aborted = async {
            wait_until(&mut phase, Phase::is_aborted).await;
            sleep(CLEAN_UP).await;
        };
        race(run_all(&hooks.worker_stop, &context, limit), aborted).await;
    }
    result
}

async fn serve(
    acceptor: &mut impl Acceptor,
    setup: &Arc<WorkerSetup>,
    worker: &Arc<WorkerState>,
    mut phase: watch::Receiver<Phase>,
) -> io::Result<usize> {
    let config = setup.settings.config();
    let connections = Rc::new(Connections::new(config, setup.share));
    let loops = || {
        let listeners = setup.listeners.iter().map(|listener| {
            let (setup, worker) = (Arc::clone(setup), Arc::clone(worker));
            AcceptLoop::new(setup, worker, Rc::clone(&connections), listener.clone())
        });
        listeners.collect::<Vec<_>>()
    };
    start_task(pacing::run());
    start_task(Arc::clone(&setup.heartbeats).answer(worker.index));
    if worker.own_monitor().has_access_file() {
        start_task(access::flush_regularly(Arc::clone(worker)));
    }
    let mut accepting = JoinSet::new();
    acceptor.start(loops(), &mut accepting)?;
    // In this order: a server whose workers all serve is ready.
    worker.own_monitor().set_serving(true);
    setup.serving.send_modify(|serving| *serving += 1);
    // An error means that the handle of the server was dropped: the worker stops as well.
    wait_until(&mut phase, Phase::is_stopped).await;
    worker.own_monitor().set_serving(false);
    acceptor.hold_back();
    connections.drain();
    let finish = async {
        // Handshakes that have begun are completed meanwhile, and their connections accepted.
        sleep(config.drain_grace).await;
        accepting.shutdown().await;
        acceptor.sweep(loops()).await;
        acceptor.close();
        connections.all_ended().await;
        worker.resources.tasks.all_ended().await;
    };
    let aborted = wait_until(&mut phase, Phase::is_aborted);
    let _ = timeout(config.shutdown_timeout, race(aborted, finish)).await;
    acceptor.close();
    let unfinished = connections.unfinished();
    if unfinished > 0 {
        tracing::error!(requests = unfinished, "the server ends before they are complete");
    }
    connections.for_each(|shared| {
        let mut state = shared.lock();
        state.connection.abort(CloseReason::Shutdown);
        state.wake_driver();
    });
    let _ = timeout(CLEAN_UP, connections.all_ended()).await;
    Ok(unfinished)
}

/// The pause before a worker starts again, doubled each time.
const FIRST_RESTART_PAUSE: Duration = Duration::from_millis(100);

/// The longest such pause.
const LAST_RESTART_PAUSE: Duration = Duration::from_secs(10);

/// Tasks that run between two polls of the sockets: half of the default of tokio, so that a request
/// waits for fewer others, and a poll still costs little beside them.
const EVENT_INTERVAL: u32 = 31;

/// Threads of a worker for reading files, beside those of blocking handlers: as many as
/// the default of tokio.
const FILE_THREADS: usize = 512;

/// The time that cancelled handlers have for their clean-up.
const CLEAN_UP: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_panics_starts_again_after_longer_and_longer_pauses() {
        let (mut runs, mut pauses) = (0, Vec::new());
        let run = || {
            runs += 1;
            assert!(runs > 9, "run {runs}");
            Ok(7)
        };
        let result = restart_after_panics(run, |pause| pauses.push(pause), || true);
        assert_eq!((result.unwrap(), runs), (7, 10));
        assert!(pauses.is_sorted() && pauses[0] == FIRST_RESTART_PAUSE);
        assert_eq!(pauses[8], LAST_RESTART_PAUSE);
    }

    #[test]
    fn a_worker_that_panics_while_the_server_stops_ends() {
        let result = restart_after_panics(|| panic!("at the end"), |_| unreachable!(), || false);
        assert_eq!(result.unwrap(), 0);
    }
}
