//! Handlers for programs that watch the server: metrics, health, readiness.

pub use tremolo_net::{MetricsFormat, Stats};

use crate::context::WorkerContext;
use crate::reply::Answer;
use crate::request::Request;

/// A handler that returns the [`Stats`] of all workers for Prometheus: in its text
/// format 0.0.4, or in OpenMetrics 1.0.0 for clients whose `Accept` names it.
///
/// The names begin with `tremolo_`: `tremolo_http_requests_total{class="2xx"}`,
/// `tremolo_connections_open` and others. They are as public as the path: a middleware can refuse
/// clients that must not read them.
///
/// ```
/// # let _ =
/// tremolo::Application::new()
///     .route("/metrics", tremolo::monitoring::metrics)
///     .route("/health", tremolo::monitoring::health)
///     .route("/ready", tremolo::monitoring::readiness)
/// # ;
/// ```
pub async fn metrics(request: Request, worker: WorkerContext) -> Answer {
    let format = MetricsFormat::preferred(request.headers());
    let report = worker.stats().report(format);
    Answer::whole(report).with_content_type(format.content_type()).with_header(CACHE.0, CACHE.1)
}

/// A handler that returns 200 as long as the worker serves: the process is alive. See [`metrics`].
pub async fn health() -> Answer {
    answer(200, "alive\n")
}

/// A handler that returns 200 if new requests should come here, and else 503: while a worker starts
/// ([`Application::on_worker_start`](crate::Application::on_worker_start)) and while the server
/// shuts down. See [`metrics`].
pub async fn readiness(worker: WorkerContext) -> Answer {
    if worker.is_server_ready() { answer(200, "ready\n") } else { answer(503, "not ready\n") }
}

fn answer(status: u16, text: &'static str) -> Answer {
    let answer = Answer::whole(text).with_status(status).with_content_type("text/plain");
    answer.with_header(CACHE.0, CACHE.1)
}

/// The next answer may be another one.
const CACHE: (&str, &str) = ("Cache-Control", "no-store");
