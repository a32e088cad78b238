//! Hooks of workers and connections.

use std::time::Duration;

use tremolo::{Application, Config, ConnectionContext, HttpError, WorkerContext};
use tremolo_tests::wait_until;

use super::Trace;
use crate::{connect, start};

#[test]
fn start_hooks_run_in_order_and_end_hooks_in_reverse() {
    let trace = Trace::default();
    let note = |what| trace.noting(what);
    let handler = trace.clone();
    let server = start(
        Application::new()
            .on_worker_start(note("start 1"))
            .on_worker_start(note("start 2"))
            .on_worker_start(note("start 3"))
            .on_worker_stop(note("stop 1"))
            .on_worker_stop(note("stop 2"))
            .on_worker_stop(note("stop 3"))
            .on_connect(note("connect 1"))
            .on_connect(note("connect 2"))
            .on_connect(note("connect 3"))
            .on_close(note("close 1"))
            .on_close(note("close 2"))
            .on_close(note("close 3"))
            .on_request(note("request"))
            .on_response(note("response"))
            .route("/", async move || {
                handler.note("handler");
                "fine"
            }),
    );
    let mut client = connect(&server);
    for _ in 0..2 {
        assert_eq!(client.ask("/").text(), "fine");
    }
    drop(client);
    let connection = ["connect 1", "connect 2", "connect 3"];
    let exchange = ["request", "handler", "response"];
    wait_until("the connection has ended", || trace.len() >= 15);
    server.stop();
    server.wait().unwrap();
    let expected = [
        &["start 1", "start 2", "start 3"][..],
        &connection,
        &exchange,
        &exchange,
        &["close 3", "close 2", "close 1"],
        &["stop 3", "stop 2", "stop 1"],
    ];
    assert_eq!(trace.take(), expected.concat());
}

#[test]
fn on_close_runs_for_every_end_of_a_connection() {
    let trace = Trace::default();
    let failing = async |_: ConnectionContext| Err::<(), _>(HttpError::forbidden());
    let panicking = async || {
        if true {
            panic!("as ordered");
        }
    };
    let server = start(
        Application::new()
            .on_close(trace.noting("closed"))
            .on_close(panicking)
            .on_close(failing)
            .route("/", async || "fine")
            .route("/nothing", async || ())
            .route("/panic", panicking)
            .route("/never", async || std::future::pending::<()>().await)
            .config(Config { app_close_timeout: Duration::from_millis(50), ..Config::default() }),
    );
    type Ending = fn(tremolo_tests::Client);
    let endings: [Ending; 5] = [
        drop,
        |mut client| client.half_close(),
        |mut client| assert_eq!(client.ask("/panic").status(), 500),
        |mut client| {
            client.get("/nothing");
            assert_eq!(client.read_to_end(), b"");
        },
        |mut client| {
            client.get("/never");
            client.reset();
        },
    ];
    for (round, end) in endings.into_iter().enumerate() {
        let mut client = connect(&server);
        assert_eq!(client.ask("/").text(), "fine");
        end(client);
        wait_until("on_close has run", || trace.len() == round + 1);
    }
}

#[test]
fn a_connection_that_on_connect_refuses_is_closed_without_an_answer_and_others_are_served() {
    let trace = Trace::default();
    let (counts, closed) = (trace.clone(), trace.clone());
    let server = start(
        Application::new()
            .on_connect(async move |worker: ConnectionContext| {
                counts.note("connect");
                let count = worker.worker().get::<usize>().unwrap_or_default();
                worker.worker().insert(count + 1);
                match count {
                    0 => Err(HttpError::forbidden()),
                    1 => panic!("as ordered"),
                    _ => Ok(()),
                }
            })
            .on_connect(trace.noting("second"))
            .on_close(closed.noting("close"))
            .route("/", async || "fine"),
    );
    for round in 0..2 {
        let mut client = connect(&server);
        assert_eq!(client.read_until_cut(), b"", "{round}");
        wait_until("on_close has run", || trace.len() == 2);
        assert_eq!(trace.take(), ["connect", "close"], "{round}");
    }
    assert_eq!(connect(&server).ask("/").text(), "fine");
}

#[test]
fn a_hook_that_hangs_delays_no_other_connection_and_is_cancelled() {
    let short = Duration::from_millis(100);
    let trace = Trace::default();
    let server = start(
        Application::new()
            .on_connect(async |connection: ConnectionContext| {
                let worker = connection.worker();
                if worker.get::<bool>().is_none() {
                    worker.insert(true);
                    std::future::pending::<()>().await;
                }
            })
            .on_close(trace.noting("closed"))
            .on_close(async || std::future::pending::<()>().await)
            .route("/", async || "fine")
            .config(Config {
                app_handler_timeout: Duration::from_secs(3),
                app_close_timeout: short,
                ..Config::default()
            }),
    );
    let mut hangs = connect(&server);
    hangs.get("/");
    // Either connection may be accepted first; the hook of that one blocks.
    let mut other = connect(&server);
    other.get("/");
    wait_until("one of them is served", || {
        !(hangs.has_received_nothing() && other.has_received_nothing())
    });
    drop(other);
    drop(hangs);
    wait_until("both have ended", || trace.len() == 2);
}

#[test]
fn a_worker_whose_start_fails_ends_with_the_reason() {
    let failing =
        async || Err::<(), _>(HttpError::service_unavailable().with_message("no database"));
    let server = start(Application::new().on_worker_start(failing));
    let error = server.wait().unwrap_err().to_string();
    assert!(error.contains("no database"), "{error}");
    let panicking = async |_: WorkerContext| {
        if true {
            panic!("as ordered");
        }
    };
    let server = start(Application::new().on_worker_start(panicking));
    assert!(server.wait().is_err());
}

#[test]
fn a_worker_can_be_stopped_during_its_start_hook_and_aborted_during_its_stop_hook() {
    let never = async || std::future::pending::<()>().await;
    let server = start(Application::new().on_worker_start(never));
    server.stop();
    server.wait().unwrap();
    let trace = Trace::default();
    let began = trace.clone();
    let server = start(Application::new().on_worker_stop(async move || {
        began.note("stops");
        std::future::pending::<()>().await;
    }));
    server.stop();
    wait_until("the hook runs", || trace.len() == 1);
    server.abort();
    server.wait().unwrap();
}
