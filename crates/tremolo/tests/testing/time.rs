//! Time that a test moves.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::Instant;
use tremolo::testing::{TestClient, TestResponse, block_on};
use tremolo::{Application, Config, HttpError, Request, State, blocking, stream};

use crate::{Noted, later, noting, wait_for};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn timers_of_handlers_expire_one_after_the_other() {
    async fn ticks(State(notes): Noted) -> String {
        let start = Instant::now();
        for _ in 0..10 {
            later(60 * SECOND).await;
            notes.add(format!("{} s", start.elapsed().as_secs()));
        }
        "done".to_owned()
    }
    let (application, notes) = noting();
    block_on(async {
        let config = Config { app_handler_timeout: 3600 * SECOND, ..Config::default() };
        let client = TestClient::new(application.config(config).route("/", ticks));
        let request = client.get("/").start();
        client.advance(60 * SECOND).await;
        client.advance(240 * SECOND).await;
        assert_eq!(notes.all(), ["60 s", "120 s", "180 s", "240 s", "300 s"]);
        client.advance(300 * SECOND).await;
        assert_eq!(request.response().await.text().await, "done");
        assert_eq!(notes.all().len(), 10);
    });
}

#[test]
fn a_stream_sends_its_pieces_as_the_time_moves() {
    fn slow() -> impl tremolo::Reply {
        stream! {
            for number in 0..3 {
                yield number.to_string();
                later(60 * SECOND).await;
            }
        }
    }
    block_on(async {
        let client = TestClient::new(Application::new().route("/", slow));
        let mut response = client.get("/").send().await;
        for number in ["0", "1", "2"] {
            assert_eq!(response.next().await, Some(Ok(number.into())));
            client.advance(60 * SECOND).await;
        }
        assert_eq!(response.next().await, None);
    });
}

#[test]
fn deadlines_of_the_server_pass() {
    let timeout = Config::default().app_handler_timeout;
    block_on(async {
        let client = TestClient::new(Application::new().route("/", async || {
            std::future::pending::<()>().await;
        }));
        let request = client.get("/").start();
        client.advance(timeout - SECOND).await;
        let early = client.get("/").start();
        client.advance(SECOND).await;
        assert_eq!(request.response().await.status(), 500);
        client.advance(timeout).await;
        assert_eq!(early.response().await.status(), 500);
    });
}

#[test]
fn a_head_that_does_not_come_and_an_idle_connection_have_deadlines() {
    let config = Config::default();
    block_on(async {
        let client = TestClient::new(Application::new().route("/", async || "hi"));
        let (mut half, mut idle) = (client.connect(), client.connect());
        half.write_all(b"GET / HT").await.unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        client.advance(config.request_timeout).await;
        let mut response = String::new();
        half.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
        client.advance(config.keepalive_timeout).await;
        response.clear();
        idle.read_to_string(&mut response).await.unwrap();
        assert!(response.ends_with("\r\n\r\nhi"), "{response}");
    });
}

#[test]
fn a_blocking_handler_that_waits_for_its_client_waits_in_the_moved_time() {
    let (application, notes) = noting();
    let read = blocking(|State(notes): Noted, request: tremolo::BlockingRequest| {
        let first = request.piece()?.unwrap_or_default();
        notes.add("begun");
        let rest = request.body().map_err(HttpError::from)?;
        Ok::<_, HttpError>((first.len() + rest.len()).to_string())
    });
    block_on(async {
        let client = TestClient::new(application.route("/", read));
        let mut upload = client.post("/").header("Content-Length", "9").upload();
        upload.send("some").await;
        wait_for(&client, &notes, "begun").await;
        client.advance(Config::default().app_handler_timeout).await;
        let status = upload.response().await.status().as_u16();
        // 500, if the thread had not begun to wait.
        assert!(matches!(status, 408 | 500), "{status}");
    });
}

#[test]
fn the_date_moves_too() {
    fn day(response: &TestResponse) -> u64 {
        let date = response.header("Date").unwrap();
        date[5..7].parse().unwrap()
    }
    block_on(async {
        let client = TestClient::new(Application::new().route("/", async || "hi"));
        let first = day(&client.get("/").send().await);
        client.advance(36 * 3600 * SECOND).await;
        let later = day(&client.get("/").send().await);
        assert_ne!(first, later);
    });
}

#[tokio::test]
async fn a_test_with_a_runtime_of_its_own_does_the_same() {
    let client = TestClient::new(Application::new().route("/", async |request: Request| {
        later(60 * SECOND).await;
        request.path().into_owned()
    }));
    let (response, ()) = tokio::join!(client.get("/").send(), client.advance(60 * SECOND));
    assert_eq!(response.text().await, "/");
}
