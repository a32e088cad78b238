//! Hooks, state, shutdown, panics: as in a server.

use std::time::Duration;

use tremolo::testing::{TestClient, TestError, block_on};
use tremolo::{Application, Config, HttpError, Reply, Request, State, WorkerContext, stream};

use crate::{Noted, Notes, noting};

#[test]
fn hooks_run_and_see_the_state() {
    let (application, notes) = noting();
    let (started, stopped) = (notes.clone(), notes.clone());
    block_on(async {
        let client = TestClient::new(
            application
                .on_worker_start(async move |context: WorkerContext| {
                    context.insert("prepared");
                    started.add("start");
                })
                .on_worker_stop(async move || stopped.add("stop"))
                .on_connect(async || {})
                .route("/", async |context: WorkerContext, State(notes): Noted| {
                    notes.add("request");
                    context.get::<&str>().map(|value| (*value).to_owned())
                }),
        );
        assert_eq!(client.get("/").send().await.text().await, "prepared");
        client.advance(Duration::ZERO).await;
        assert_eq!(client.server().stats().requests(), 1);
        let other = client.clone();
        drop(client);
        assert_eq!(notes.all(), ["start", "request"], "a clone keeps the server");
        drop(other);
    });
    assert_eq!(notes.all(), ["start", "request", "stop"]);
}

#[test]
fn the_server_lives_as_long_as_a_response_that_is_not_complete() {
    fn slow() -> impl Reply {
        stream! {
            yield "first";
            crate::later(Duration::from_millis(1)).await;
            yield "last";
        }
    }
    block_on(async {
        let response = TestClient::new(Application::new().route("/", slow)).get("/").send().await;
        assert_eq!(response.text().await, "firstlast");
    });
}

#[test]
fn a_hook_that_fails_ends_the_server() {
    block_on(async {
        let application = Application::new()
            .on_worker_start(async || Err::<(), _>(HttpError::internal_server_error()))
            .route("/", async || "hi");
        let client = TestClient::new(application);
        assert_eq!(client.get("/").try_send().await.unwrap_err(), TestError::ServerEnded);
        client.server().ended().await;
        assert_eq!(client.get("/").try_send().await.unwrap_err(), TestError::ServerEnded);
    });
}

#[test]
fn an_application_with_a_mistake_is_not_started() {
    async fn show(State(notes): State<Notes>) -> String {
        notes.all().join(" ")
    }
    let mistake = TestClient::try_new(Application::new().route("/", show)).unwrap_err();
    assert!(mistake.to_string().contains("Notes"), "{mistake}");
    let config = Config { keepalive_connections: 0, buffer_size: 0, ..Config::default() };
    assert!(TestClient::try_new(Application::new().config(config)).is_err());
}

#[test]
fn a_shutdown_is_noticed_and_lets_requests_finish() {
    let (application, notes) = noting();
    block_on(async {
        let client = TestClient::new(application.route(
            "/",
            async |State(notes): Noted, request: Request| {
                notes.add("begun");
                request.draining().await;
                "finished"
            },
        ));
        let request = client.get("/").start();
        crate::wait_for(&client, &notes, "begun").await;
        client.server().stop();
        assert_eq!(request.response().await.text().await, "finished");
        client.advance(Duration::from_secs(1)).await;
        client.server().ended().await;
        assert_eq!(client.get("/").try_send().await.unwrap_err(), TestError::ServerEnded);
    });
}

async fn broken() -> &'static str {
    panic!("at the disco")
}

#[test]
fn a_panic_is_answered_with_500() {
    block_on(async {
        let client =
            TestClient::new(Application::new().route("/", broken).route("/ok", async || "ok"));
        let response = client.get("/").send().await;
        assert_eq!(response.status(), 500);
        assert!(!response.text().await.contains("disco"));
        assert_eq!(client.get("/ok").send().await.text().await, "ok");
    });
}

#[test]
#[should_panic(expected = "GET /broken: 500 Internal Server Error")]
fn a_strict_client_fails_the_test() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/broken", broken)).strict();
        client.get("/broken").send().await;
    });
}

#[test]
#[should_panic(expected = "POST /up: 500 Internal Server Error")]
fn a_strict_client_fails_the_test_for_uploads_too() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/up", broken)).strict();
        client.post("/up").upload().end().await;
    });
}
