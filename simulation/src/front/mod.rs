//! The Rust front: its server with connections in memory, and the same peers, judged by the same
//! rules. Server and peers are tasks of the server's only worker, whose time is virtual: a runtime
//! that has nothing to do jumps to the next timer.
//!
//! What only the simulated server has is left out: TLS below a connection, interrupted calls, and a
//! wall clock that is set. A pause of the process and a suspended machine are one thing here: the
//! time jumps ahead.

mod application;
mod client;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{spawn_local, unconstrained};
use tokio::time::{Instant, advance, pause, sleep, sleep_until};
use tremolo::Config;
use tremolo::testing::{TestClient, block_on};
use tremolo_net::Stats;

use self::client::Client;
use crate::logged::Logged;
use crate::message::Work;
use crate::scenario::{DRAIN_GRACE, Encryption, LONGEST_WAIT, SHUTDOWN, Scenario, Script};
use crate::timeline::Timeline;
use crate::{Failure, Summary, check};

/// What the thread of the worker and the caller share.
struct Shared {
    scenario: Scenario,
    /// `None` before the server has started, and after its end.
    server: Mutex<Option<TestClient>>,
    has_started: Notify,
    clients: Vec<Mutex<Client>>,
    /// The first violated invariant.
    failure: Mutex<Option<Failure>>,
}

/// Runs a scenario to its end.
pub(crate) fn run(scenario: &Scenario) -> Result<Summary, Failure> {
    let failed = |fault: String| Failure { peer: None, at: 0, fault };
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    let log = folder.path().join("access.log");
    let config = Config {
        access_log_file: log.display().to_string(),
        access_log_format: "{path} {status} {cut}".to_owned(),
        ..scenario.limits.config()
    };
    let scenario = of_front(scenario);
    let clients = scenario.peers.iter().enumerate();
    let clients = clients.map(|(index, script)| Mutex::new(Client::new(index, script, &scenario)));
    let shared = Arc::new(Shared {
        clients: clients.collect(),
        scenario,
        server: Mutex::new(None),
        has_started: Notify::new(),
        failure: Mutex::new(None),
    });
    let hook = Arc::clone(&shared);
    let application = application::new(config).on_worker_start(async move || {
        hook.has_started.notified().await;
        pause();
        spawn_local(to_the_end(Arc::clone(&hook), conduct(Arc::clone(&hook))));
    });
    let server = TestClient::try_new(application).map_err(|error| failed(error.to_string()))?;
    *lock(&shared.server) = Some(server.clone());
    shared.has_started.notify_one();
    block_on(server.server().ended());
    *lock(&shared.server) = None;
    if let Some(failure) = lock(&shared.failure).take() {
        return Err(failure);
    }
    let stats = server.server().stats();
    let log = std::fs::read_to_string(&log).map_err(|error| failed(error.to_string()))?;
    judge(&shared, &stats, &log)
}

/// The scenario without what the front cannot have.
fn of_front(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    for script in &mut scenario.peers {
        script.tls = Encryption::None;
        script.link.interrupts = 0;
        // The connection in memory takes a whole message and the ping behind it, whose answer is late
        // over a link that is slower than that.
        script.link.room = script.link.room.max(30_000);
    }
    let jumps = [scenario.pause.take(), scenario.freeze];
    scenario.freeze = jumps.into_iter().flatten().max_by_key(|(_, lasts)| *lasts);
    scenario
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a task of the simulator. A panic in it ends the server.
async fn to_the_end(shared: Arc<Shared>, task: impl Future<Output = ()> + 'static) {
    if let Err(error) = spawn_local(task).await {
        fail(&shared, Failure { peer: None, at: 0, fault: error.to_string() });
    }
}

/// Keeps the first failure, and ends the server.
fn fail(shared: &Shared, failure: Failure) {
    lock(&shared.failure).get_or_insert(failure);
    let server = lock(&shared.server).clone();
    if let Some(server) = server {
        server.server().abort();
    }
}

/// Lets the peers come, moves the time, and stops the server.
async fn conduct(shared: Arc<Shared>) {
    let (start, scenario) = (Instant::now(), &shared.scenario);
    let after = move |milliseconds| start + Duration::from_millis(milliseconds);
    for index in 0..scenario.peers.len() {
        // What it reads at an instant depends on its link, and not on a budget of tokio.
        let client = unconstrained(run_client(Arc::clone(&shared), index, start));
        spawn_local(to_the_end(Arc::clone(&shared), client));
    }
    if let Some((from, lasts)) = scenario.freeze {
        spawn_local(async move {
            sleep_until(after(from)).await;
            advance(Duration::from_millis(lasts)).await;
        });
    }
    let Some(server) = lock(&shared.server).clone() else { return };
    if let Some(drain) = scenario.drain_at {
        sleep_until(after(drain)).await;
        server.server().stop();
        drop(server);
        // The peers go on while the server finishes, and end with it, as this task does.
        let stands = scenario.freeze.map_or(0, |(_, lasts)| lasts);
        sleep(Duration::from_millis(SHUTDOWN + LONGEST_WAIT + stands)).await;
        let fault = "the server does not end".to_owned();
        return fail(&shared, Failure { peer: None, at: milliseconds(start), fault });
    }
    // A peer that reads nothing more does not notice the end.
    let stood = scenario.freeze.map_or(0, |(from, lasts)| from + lasts);
    let last = scenario.peers.iter().map(|script| script.begins).max().unwrap_or(0).max(stood);
    sleep_until(after(last + 1)).await;
    let (mut accepted, mut accepted_at) = (0, 0);
    while server.server().stats().connections_open() > 0 || has_waiting(&shared) {
        sleep(Duration::from_secs(1)).await;
        let (stats, clock) = (server.server().stats(), milliseconds(start));
        if stats.connections_accepted() > accepted {
            (accepted, accepted_at) = (stats.connections_accepted(), clock);
        }
        if let Some(failure) = stall(&shared, &stats, accepted_at, clock) {
            return fail(&shared, failure);
        }
    }
    server.server().stop();
}

/// Whether a client waits in the queue of connections that were not accepted.
fn has_waiting(shared: &Shared) -> bool {
    shared.clients.iter().any(|client| lock(client).is_waiting())
}

/// A connection that is open, and on which nothing has happened for longer than it can wait.
/// `accepted_at`: when the server has last accepted one.
fn stall(shared: &Shared, stats: &Stats, accepted_at: u64, clock: u64) -> Option<Failure> {
    let scenario = &shared.scenario;
    let timeline = Timeline::of_front(scenario);
    let has_queue = scenario.limits.connections < scenario.peers.len();
    let mut clients: Vec<_> = shared.clients.iter().map(lock).collect();
    let latest = clients.iter().map(|client| client.last_progress()).max();
    let latest = latest.unwrap_or(0).max(accepted_at);
    let longest = |script: &Script| client::longest_wait(script, &scenario.limits);
    let longest_of_all = scenario.peers.iter().map(longest).max().unwrap_or(0);
    for (index, client) in clients.iter_mut().enumerate() {
        // A peer that has received nothing may be in the queue of connections that were not accepted.
        let (since, most, what) = match has_queue && client.is_first() {
            true => (latest, longest_of_all, "of all connections, and it may be in the queue"),
            false => (client.last_progress(), longest(&scenario.peers[index]), "of it"),
        };
        let waited = timeline.passed(since, clock);
        if waited > most && client.is_open() {
            let fault = format!("open {waited} ms after the last progress {what}: {client}");
            return Some(Failure { peer: Some(index), at: clock, fault });
        }
    }
    let open = stats.connections_open();
    let is_over = open == 0 || timeline.passed(latest, clock) <= longest_of_all;
    let fault = format!("{open} connections are open, and their peers have left");
    (!is_over).then_some(Failure { peer: None, at: clock, fault })
}

async fn run_client(shared: Arc<Shared>, index: usize, start: Instant) {
    let script = &shared.scenario.peers[index];
    sleep_until(start + Duration::from_millis(script.begins)).await;
    if is_too_late(&shared.scenario, milliseconds(start)) {
        return;
    }
    let Some(server) = lock(&shared.server).clone() else { return };
    lock(&shared.clients[index]).connect(server.connect());
    drop(server);
    let ran = std::future::poll_fn(|cx| lock(&shared.clients[index]).poll(cx, script, start)).await;
    if let Err(fault) = ran {
        fail(&shared, Failure { peer: Some(index), at: milliseconds(start), fault });
    }
}

/// Whether the server has stopped to accept.
fn is_too_late(scenario: &Scenario, clock: u64) -> bool {
    scenario.drain_at.is_some_and(|drain| clock + 1 >= drain + DRAIN_GRACE)
}

fn milliseconds(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Compares the log, the numbers and what the peers have received.
fn judge(shared: &Shared, stats: &Stats, log: &str) -> Result<Summary, Failure> {
    let scenario = &shared.scenario;
    let timeline = Timeline::of_front(scenario);
    let mut summary = Summary::default();
    let lines: Vec<Logged> = log.lines().map(logged).collect();
    for (index, script) in scenario.peers.iter().enumerate() {
        let failed = |fault| Failure { peer: Some(index), at: 0, fault };
        let mut client = lock(&shared.clients[index]);
        summary.conversations += u64::from(client.has_connected());
        client.finish(script).map_err(failed)?;
        let own = of_peer(&lines, index);
        client.judge(&own, &timeline, script).map_err(failed)?;
        summary.responses += client.complete();
    }
    let failed = |fault| Failure { peer: None, at: 0, fault };
    summary.exchanges = lines.len() as u64;
    check::ended(stats, lines.len() as u64).map_err(failed)?;
    Ok(summary)
}

/// The lines of a peer. Those of requests that are at fault name none, and are not compared.
fn of_peer(lines: &[Logged], index: usize) -> Vec<Logged> {
    let is_own = |line: &&Logged| line.key.is_some_and(|key| key.peer as usize == index);
    lines.iter().filter(is_own).copied().collect()
}

fn logged(line: &str) -> Logged {
    let mut words = line.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let key = Work::of_path(next().as_bytes()).map(|(key, _)| key);
    Logged { key, status: next().parse().ok(), is_cut: next() == "cut" }
}
