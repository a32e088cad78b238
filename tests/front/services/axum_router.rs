//! An axum router, mounted: extractors, state, fallbacks, and a large body through the example.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axum::extract::ws::{self, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, DefaultBodyLimit, OriginalUri, Path, Query, State};
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use tower_http::trace::TraceLayer;
use tremolo::{Application, Config, ServerHandle, TowerService};
use tremolo_tests::frames::{Frame, Socket, handshake, opcode};
use tremolo_tests::{Message, Program, wait_until};

use crate::{ask, connect, start};

#[derive(Deserialize, Serialize)]
struct Order {
    item: String,
    count: u32,
}

#[derive(Deserialize)]
struct Options {
    times: u32,
}

async fn order(
    State(shop): State<&'static str>,
    Path(city): Path<String>,
    Query(Options { times }): Query<Options>,
    Json(order): Json<Order>,
) -> Json<Order> {
    let item = format!("{} from {shop} in {city}", order.item);
    Json(Order { item, count: order.count * times })
}

async fn native(Extension(request): Extension<tremolo::Request>) -> String {
    request.url().into_owned()
}

fn server() -> ServerHandle {
    let router = Router::new()
        .route("/order/{city}", post(order))
        .route("/native", get(native))
        .layer(DefaultBodyLimit::max(1_000))
        .with_state("the shop");
    start(Application::new().route("/", async || "native").mount("/api", TowerService::new(router)))
}

#[test]
fn extractors_and_state_of_axum_work() {
    let server = server();
    let mut client = connect(&server);
    let order = |body: &str| {
        let message = Message::post("/api/order/K%C3%B6ln?times=3");
        message.content_type("application/json").body(body)
    };
    let response = client.exchange(&order(r#"{"item":"tea","count":2}"#));
    assert_eq!(response.text(), r#"{"item":"tea from the shop in Köln","count":6}"#);
    assert_eq!(response.field("Content-Type"), Some("application/json"));
    assert_eq!(client.exchange(&order("{")).status(), 400);
    assert_eq!(client.exchange(&order(&" ".repeat(1_001))).status(), 413);
    assert_eq!(client.ask("/api/native?a").text(), "/api/native?a");
    assert_eq!(client.ask("/").text(), "native");
}

/// Echoes messages, and closes when a text asks for it.
async fn chat(socket: WebSocketUpgrade) -> axum::response::Response {
    socket.protocols(["chat"]).on_upgrade(async |mut socket: WebSocket| {
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                ws::Message::Text(text) if text == "close" => break,
                ws::Message::Text(_) | ws::Message::Binary(_) => {
                    socket.send(message).await.unwrap();
                }
                _ => {}
            }
        }
    })
}

fn chat_server(config: Config) -> ServerHandle {
    let router = Router::new().route("/chat", any(chat)).route("/text", get(async || "text"));
    start(
        Application::new()
            .config(config)
            .layer(TraceLayer::new_for_http())
            .on_response(async |response: tremolo::Response| response.set_header("X-Stamp", "yes"))
            .mount("/api", TowerService::new(router)),
    )
}

#[test]
fn websockets_of_axum_work() {
    let server = chat_server(Config::default());
    let request = handshake("/api/chat").field("Sec-WebSocket-Protocol: other, chat");
    let mut socket = Socket::open_with(connect(&server), &request);
    assert_eq!(socket.response.field("Sec-WebSocket-Protocol"), Some("chat"));
    assert_eq!(socket.response.field("X-Stamp"), Some("yes"));
    for text in ["hello", &"x".repeat(300_000), ""] {
        socket.send_text(text);
        assert_eq!(socket.read_text(), text);
    }
    // Frames that arrive byte by byte.
    for byte in Frame::new(opcode::TEXT, "slow").masked() {
        socket.client.send([byte]);
    }
    assert_eq!(socket.read_text(), "slow");
    socket.close(1000);
    // The service drops the connection.
    let mut socket = Socket::open_with(connect(&server), &handshake("/api/chat"));
    socket.send_text("close");
    socket.client.read_to_end();
    // Other requests for an upgrade are served as what they are (RFC 9110 section 7.8).
    for path in ["/api/text", "/api/nowhere", "/api/chat"] {
        let mut client = connect(&server);
        let message =
            Message::new(&format!("GET {path}")).fields(&["Upgrade: x", "Connection: upgrade"]);
        let (first, again) =
            (client.exchange(&message).status(), client.ask("/api/text").text().to_owned());
        assert_eq!((first == 200, &*again), (path == "/api/text", "text"), "{path}");
    }
}

/// What is sent while the client does not read waits in the queue of the connection, whose size is
/// bounded, and then in the service.
#[test]
fn a_websocket_of_axum_has_backpressure_and_ends_with_its_client() {
    let alive = Arc::new(());
    let (lives, sent) = (Arc::clone(&alive), Arc::new(AtomicU64::new(0)));
    let count = Arc::clone(&sent);
    let flood = async move |socket: WebSocketUpgrade| {
        let (alive, count) = (Arc::clone(&lives), Arc::clone(&count));
        socket.on_upgrade(async move |mut socket: WebSocket| {
            let _alive = alive;
            while socket.send(vec![0; 65_536].into()).await.is_ok() {
                count.fetch_add(65_536, Ordering::SeqCst);
            }
        })
    };
    let router = Router::new().route("/", any(flood));
    let server = start(Application::new().mount("/", TowerService::new(router)));
    let own = Arc::strong_count(&alive);
    let socket = Socket::open_with(connect(&server), &handshake("/"));
    let mut last = 0;
    wait_until("the service waits", || {
        thread::park_timeout(std::time::Duration::from_millis(50));
        let now = sent.load(Ordering::SeqCst);
        std::mem::replace(&mut last, now) == now && now > 0
    });
    assert!(last < 64 << 20, "{last} bytes for a client that reads nothing");
    socket.client.reset();
    wait_until("the service ends", || Arc::strong_count(&alive) == own);
}

#[test]
fn an_idle_websocket_of_axum_has_no_deadline_and_a_shutdown_ends_it() {
    let short = std::time::Duration::from_millis(50);
    let server = chat_server(Config {
        app_handler_timeout: short,
        request_timeout: short,
        keepalive_timeout: short,
        shutdown_timeout: short,
        ..Config::default()
    });
    let mut socket = Socket::open_with(connect(&server), &handshake("/api/chat"));
    let mut other = connect(&server);
    other.ask("/api/text");
    // This connection is closed when it was idle for so long; the other one is older.
    other.read_to_end();
    socket.send_text("still here");
    assert_eq!(socket.read_text(), "still here");
    server.stop();
    socket.client.read_until_cut();
    server.wait().unwrap_err();
}

#[test]
fn connect_info_and_the_original_uri_are_those_of_axums_own_server() {
    let seen = async |ConnectInfo(address): ConnectInfo<SocketAddr>,
                      OriginalUri(original): OriginalUri,
                      uri: http::Uri| {
        assert!(address.ip().is_loopback() && address.port() != 0);
        format!("{uri} of {original}")
    };
    let router = Router::new().nest("/inner", Router::new().route("/seen", get(seen)));
    let server = start(Application::new().mount("/api", TowerService::new(router)));
    assert_eq!(
        ask(&server, "GET /api/inner/seen?x", &[], ""),
        (200, "/seen?x of /api/inner/seen?x".to_owned())
    );
}

#[test]
fn axum_answers_its_unknown_paths_itself() {
    let server = server();
    assert_eq!(ask(&server, "GET /api/nothing", &[], ""), (404, String::new()));
    assert_eq!(ask(&server, "DELETE /api/native", &[], "").0, 405);
    let mut client = connect(&server);
    client.send(Message::new("HEAD /api/native").closing().bytes());
    let head = String::from_utf8(client.read_to_end()).unwrap().to_ascii_lowercase();
    assert!(head.contains("content-length: 11\r\n") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn the_example_greets() {
    let program = Program::launch(env!("CARGO_BIN_EXE_axum_router"));
    let mut client = program.connect();
    assert_eq!(client.ask("/hello").text(), "Hello World!");
    let text = client.ask("/api/greet/you?times=2").text().to_owned();
    assert!(text.starts_with("Hello you! Hello you! You are visitor 1, from 127.0.0.1:"), "{text}");
}

#[test]
fn a_large_body_passes_in_constant_memory() {
    let program = Program::launch(env!("CARGO_BIN_EXE_axum_router"));
    let address = program.address().strip_prefix("http://").unwrap();
    let mut receiver = TcpStream::connect(address).unwrap();
    let mut sender = receiver.try_clone().unwrap();
    let before = program.peak_memory();
    let sending = thread::spawn(move || {
        let head = format!("PUT /api/echo HTTP/1.1\r\nHost: a\r\nContent-Length: {SIZE}\r\n\r\n");
        sender.write_all(head.as_bytes()).unwrap();
        let piece = [b'x'; 65_536];
        for _ in 0..SIZE / piece.len() {
            sender.write_all(&piece).unwrap();
        }
        sender.shutdown(Shutdown::Write).unwrap();
    });
    let (mut got, mut piece) = (0, vec![0; 65_536]);
    loop {
        match receiver.read(&mut piece).unwrap() {
            0 => break,
            count => got += count,
        }
    }
    sending.join().unwrap();
    assert!(got > SIZE && got < SIZE + 1_000, "{got}");
    let grown = program.peak_memory() - before;
    assert!(grown < 8 << 20, "{grown} bytes more");
}

const SIZE: usize = 64 << 20;
