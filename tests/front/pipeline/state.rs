//! The state of an application, and the contexts of workers and connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tremolo::{Application, Config, ConnectionContext, HttpError, Request, State, WorkerContext};

use crate::{ask, connect, start};

#[derive(Clone, Debug, PartialEq)]
struct Name(&'static str);

#[test]
fn state_is_available_everywhere_and_the_later_value_wins() {
    let server = start(
        Application::new()
            .state(Name("first"))
            .state(Arc::new(AtomicUsize::new(0)))
            .state(Name("last"))
            .on_request(async |State(count): State<Arc<AtomicUsize>>| {
                count.fetch_add(1, Ordering::Relaxed);
            })
            .error(404, async |State(name): State<Name>| name.0)
            .route("/", async |State(name): State<Name>, State(count): State<Arc<AtomicUsize>>| {
                format!("{} {}", name.0, count.load(Ordering::Relaxed))
            }),
    );
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "last 1".to_owned()));
    assert_eq!(ask(&server, "GET /nowhere", &[], ""), (404, "last".to_owned()));
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "last 3".to_owned()));
}

#[test]
fn missing_state_prevents_the_start_and_is_named() {
    let wants = async |State(name): State<Name>| name.0;
    for (application, what) in [
        (Application::new().route("/here", wants), "the route /here"),
        (Application::new().route("/here", tremolo::methods::get(wants)), "the route /here"),
        (Application::new().on_request(wants), "on_request"),
        (Application::new().on_response(wants), "on_response"),
        (Application::new().error(404, wants), "the error page 404"),
    ] {
        let error = application.listen("127.0.0.1:0").start().unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("Name"), "{error}");
    }
    // A handler with an `Option` starts without it.
    let server = start(
        Application::new()
            .route("/option", async |name: Option<State<Name>>| name.is_none().to_string())
            .route("/result", async |name: Result<State<Name>, HttpError>| {
                name.unwrap_err().status().to_string()
            }),
    );
    assert_eq!(ask(&server, "GET /option", &[], "").1, "true");
    assert_eq!(ask(&server, "GET /result", &[], "").1, "500");
}

#[test]
fn a_connection_context_persists_between_requests_and_is_not_shared() {
    let counts = async |connection: ConnectionContext, request: Request| {
        let count = connection.get::<usize>().unwrap_or_default() + 1;
        connection.insert(count);
        assert_eq!(connection.client(), request.client());
        count.to_string()
    };
    let server = start(Application::new().route("/", counts));
    let (mut one, mut other) = (connect(&server), connect(&server));
    for expected in ["1", "2", "3"] {
        assert_eq!(one.ask("/").text(), expected);
    }
    assert_eq!(other.ask("/").text(), "1");
    assert_eq!(one.ask("/").text(), "4");
}

#[test]
fn a_worker_has_its_own_context_and_the_state() {
    let config = Config { worker_num: 2, ..Config::default() };
    let application = Application::new()
        .config(config)
        .state(Name("shared"))
        .on_worker_start(async |worker: WorkerContext| {
            let name = worker.state::<Name>().unwrap();
            worker.insert(format!("{} of {}", name.0, worker.index()));
        })
        .route("/", async |worker: WorkerContext, connection: ConnectionContext| {
            let text = worker.get::<String>().unwrap();
            assert_eq!(text, format!("shared of {}", worker.index()));
            assert_eq!(connection.worker().get::<String>(), Some(text.clone()));
            text
        });
    let server = start(application);
    for _ in 0..8 {
        let (status, text) = ask(&server, "GET /", &[], "");
        assert!(status == 200 && text.starts_with("shared of "), "{status} {text}");
    }
}
