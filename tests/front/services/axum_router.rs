//! An axum router, mounted: extractors, state, fallbacks, and a large body through the example.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use tremolo::{Application, Running, TowerService};
use tremolo_tests::{Message, Program};

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

fn server() -> Running {
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
