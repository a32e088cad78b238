//! WebSockets of a test.

use std::time::Duration;

use tremolo::testing::{TestClient, block_on};
use tremolo::websocket::CloseCode;
use tremolo::{Application, Config, HttpError, Message, State, WebSocket};

use crate::{Noted, noting, wait_for};

async fn echo(State(notes): Noted, mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await {
        match message {
            Ok(message) if message.as_text() == Some("bye") => {
                socket.close(CloseCode::new(4001), "as you like").await?;
                return Ok(());
            }
            Ok(message) => socket.send(message).await?,
            Err(error) => {
                notes.add("left");
                return Err(error.into());
            }
        }
    }
    notes.add("closed");
    Ok(())
}

#[test]
fn messages_go_both_ways_and_pings_are_answered() {
    let (application, notes) = noting();
    block_on(async {
        let client = TestClient::new(application.route("/chat", echo));
        let mut socket = client.websocket("/chat").connect().await;
        assert_eq!(socket.protocol(), None);
        socket.ping(b"are you there").await;
        for message in ["", "short", &"long ".repeat(100), &"longer ".repeat(20_000)] {
            socket.send(message).await;
            assert_eq!(socket.next().await, Some(message.into()));
        }
        socket.send(Message::json(&[1, 2]).unwrap()).await;
        assert_eq!(socket.next().await.unwrap().parse::<Vec<u8>>().unwrap(), [1, 2]);
        socket.send(vec![0, 255]).await;
        assert_eq!(socket.next().await, Some(vec![0, 255].into()));
        let closed = socket.close(CloseCode::GOING_AWAY, "home").await;
        assert_eq!(closed.code, CloseCode::GOING_AWAY);
        wait_for(&client, &notes, "closed").await;
    });
}

#[test]
fn the_close_code_of_the_server_is_seen() {
    let (application, _) = noting();
    block_on(async {
        let client = TestClient::new(application.route("/chat", echo));
        let mut socket = client.websocket("/chat").connect().await;
        assert_eq!(socket.closed(), None);
        socket.send("bye").await;
        assert_eq!(socket.next().await, None);
        let closed = socket.closed().unwrap();
        assert_eq!((closed.code.get(), &*closed.reason), (4001, "as you like"));
    });
}

#[test]
fn a_client_that_leaves_is_noticed() {
    let (application, notes) = noting();
    block_on(async {
        let client = TestClient::new(application.route("/chat", echo));
        let mut socket = client.websocket("/chat").connect().await;
        socket.send("hi").await;
        assert_eq!(socket.next().await, Some("hi".into()));
        socket.abort();
        wait_for(&client, &notes, "left").await;
    });
}

#[test]
fn a_refusal_is_a_response() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/page", async || "a page"));
        let refusal = client.websocket("/nothing").try_connect().await.unwrap_err();
        assert_eq!(refusal.status(), 404);
        let page = client.websocket("/page").protocol("chat").try_connect().await.unwrap_err();
        assert_eq!(page.text().await, "a page");
    });
}

#[test]
fn a_client_that_answers_no_pings_is_closed_after_the_moved_time() {
    let (application, _) = noting();
    let time = Duration::from_secs(20);
    let (ws_ping_interval, ws_ping_timeout) = (Some(time), Some(time));
    let config = Config { ws_ping_interval, ws_ping_timeout, ..Config::default() };
    block_on(async {
        let client = TestClient::new(application.config(config).route("/chat", echo));
        let socket = client.websocket("/chat").connect().await;
        client.advance(2 * time).await;
        assert_ne!(socket.closing().await.code, CloseCode::NORMAL);
    });
}
