//! What a server reports of itself: numbers, metrics for Prometheus, health, readiness.

use std::future::pending;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::sync::Notify;
use tremolo::errors::CloseReason;
use tremolo::{Application, Config, HttpError, ServerHandle, WorkerContext, blocking, stream};
use tremolo_tests::wait_until;

use crate::{connect, start};

fn application() -> Application {
    Application::new()
        .route("/hello", async || "hello")
        .route("/fails", async || Err::<(), _>(HttpError::internal_server_error()))
        .route("/pieces", || stream! { yield "ab"; yield "cd"; })
        .route("/never", async || pending::<()>().await)
        .route("/thread", blocking(|| "from a thread"))
        .route("/metrics", tremolo::monitoring::metrics)
        .route("/health", tremolo::monitoring::health)
        .route("/ready", tremolo::monitoring::readiness)
}

fn status_of(server: &ServerHandle, path: &str) -> u16 {
    connect(server).ask(path).status()
}

#[test]
fn the_numbers_of_all_workers_add_up() {
    let server = start(application().config(Config { worker_num: 2, ..Config::default() }));
    let mut clients: Vec<_> = (0..8).map(|_| connect(&server)).collect();
    for client in &mut clients {
        assert_eq!(client.ask("/hello").status(), 200);
        assert_eq!(client.ask("/pieces").status(), 200);
        assert_eq!(client.ask("/missing").status(), 404);
    }
    wait_until("all are counted", || server.stats().request_time().0 == 24);
    let stats = server.stats();
    assert_eq!((stats.connections_open(), stats.connections_idle()), (8, 8));
    assert_eq!((stats.requests(), stats.responses(2), stats.responses(4)), (24, 16, 8));
    assert_eq!(stats.request_time().0, 24);
    assert!(stats.bytes_received() > 24 * 30 && stats.bytes_sent() > 24 * 90, "{stats:?}");
    drop(clients);
    wait_until("all are closed", || server.stats().connections_open() == 0);
    let stats = server.stats();
    assert_eq!(stats.connections_accepted(), 8);
    assert_eq!(stats.connections_closed(CloseReason::PeerClosed), 8);
}

#[test]
fn refusals_timeouts_and_waiting_are_counted() {
    let app_handler_timeout = Duration::from_millis(50);
    let server = start(application().config(Config { app_handler_timeout, ..Config::default() }));
    let mut client = connect(&server);
    client.send("GET / HTTP/9.9\r\n\r\n");
    assert_eq!(client.read_response().status(), 505);
    assert_eq!(status_of(&server, "/never"), 500);
    assert_eq!(status_of(&server, "/thread"), 200);
    wait_until("all are counted", || server.stats().request_time().0 == 3);
    let stats = server.stats();
    assert_eq!(stats.responses(5), 2);
    assert_eq!(stats.handlers_cancelled(CloseReason::HandlerTimeout), 1);
    assert_eq!(stats.queue_time().0, 1);
}

#[test]
fn a_request_is_in_progress_while_its_handler_waits() {
    let go = Arc::new(Notify::new());
    let (theirs, (sender, receiver)) = (Arc::clone(&go), channel());
    let waits = move || {
        let (go, sender) = (Arc::clone(&theirs), sender.clone());
        async move {
            let _ = sender.send(());
            go.notified().await;
            "done"
        }
    };
    let server = start(Application::new().route("/waits", waits));
    let mut client = connect(&server);
    client.get("/waits");
    receiver.recv().unwrap();
    wait_until("it is counted", || server.stats().requests_in_progress() == 1);
    assert_eq!((server.stats().connections_open(), server.stats().connections_idle()), (1, 0));
    go.notify_one();
    assert_eq!(client.read_response().text(), "done");
    wait_until("it is over", || server.stats().requests_in_progress() == 0);
    assert_eq!(server.stats().connections_idle(), 1);
}

#[test]
fn metrics_are_in_the_format_that_the_client_asks_for() {
    let server = start(application());
    let mut client = connect(&server);
    assert_eq!(client.ask("/hello").status(), 200);
    let response = client.ask("/metrics");
    assert_eq!(response.field("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = response.text();
    assert!(text.contains("\ntremolo_http_requests_total{class=\"2xx\"} 1\n"), "{text}");
    assert!(text.contains("\ntremolo_connections_open 1\n"), "{text}");
    check_with_promtool(text);
    let accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
    client.send(format!("GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\n\r\n"));
    let response = client.read_response();
    let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(response.field("Content-Type"), Some(expected));
    assert!(response.text().ends_with("\n# EOF\n"));
}

/// Checks a report with the program of Prometheus, where it is installed.
fn check_with_promtool(report: &str) {
    let mut command = Command::new("promtool");
    let command = command.args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut promtool) = command.stdout(Stdio::piped()).spawn() else { return };
    promtool.stdin.take().unwrap().write_all(report.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_server_is_ready_after_the_hooks_of_its_workers_and_until_it_stops() {
    let go = Arc::new(Notify::new());
    let theirs = Arc::clone(&go);
    let (sender, receiver) = channel();
    let waits = Arc::new(Notify::new());
    let until = Arc::clone(&waits);
    let application = application()
        .on_worker_start(move |_| {
            let go = Arc::clone(&theirs);
            async move { go.notified().await }
        })
        .route("/later", move |worker: WorkerContext| {
            let (sender, until) = (sender.clone(), Arc::clone(&until));
            async move {
                let _ = sender.send(());
                until.notified().await;
                tremolo::monitoring::readiness(worker).await
            }
        });
    let server = start(application);
    assert!(!server.is_ready());
    go.notify_one();
    wait_until("it is ready", || server.is_ready());
    assert_eq!((status_of(&server, "/health"), status_of(&server, "/ready")), (200, 200));
    let mut client = connect(&server);
    client.get("/later");
    receiver.recv().unwrap();
    server.stop();
    assert!(!server.is_ready());
    waits.notify_one();
    assert_eq!(client.read_response().status(), 503);
    server.wait().unwrap();
}

#[test]
fn a_server_is_not_ready_while_one_of_its_workers_starts() {
    let go = Arc::new(Notify::new());
    let theirs = Arc::clone(&go);
    let application = application().on_worker_start(move |_| {
        let go = Arc::clone(&theirs);
        async move { go.notified().await }
    });
    let server = start(application.config(Config { worker_num: 2, ..Config::default() }));
    go.notify_one();
    // The system chooses the worker of a connection by its ports.
    let mut status = None;
    wait_until("a worker serves", || {
        let mut client = connect(&server).with_timeout(Duration::from_millis(50));
        client.get("/ready");
        if client.fill(1).unwrap_or(false) {
            status = Some(client.read_response().status());
        }
        status.is_some()
    });
    assert_eq!((status, server.is_ready()), (Some(503), false));
    go.notify_one();
    wait_until("both serve", || server.is_ready());
    assert_eq!(status_of(&server, "/ready"), 200);
}
