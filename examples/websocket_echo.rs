//! A WebSocket that sends each message back.
//!
//! `cargo run --release --features full --example websocket_echo`, then in the console of a browser:
//! `s = new WebSocket("ws://127.0.0.1:8000/"); s.onmessage = e => console.log(e.data)` and
//! `s.send("hello")`. A request that opens no WebSocket gets 426.

use tremolo::{Application, Config, HttpError, WebSocket};

async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // The default is 2 MiB.
    let config = Config { ws_max_payload_size: 16 << 20, ..Config::default() };
    Application::new().config(config).route("/", echo).run(address)
}
