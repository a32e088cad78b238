//! Serves HTTPS: `cargo run --example tls 127.0.0.1:8443 cert.pem key.pem`, with the files that
//! `openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost` makes.

use bytes::Bytes;
use tremolo::{Application, Listen, Request};

async fn hello(request: Request) -> String {
    format!("Hello over {}", request.scheme())
}

async fn echo(body: Bytes) -> Bytes {
    body
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let listen = Listen::new(next("127.0.0.1:8443")).tls(next("cert.pem"), next("key.pem"));
    Application::new().route("/", hello).route("/echo", echo).run(listen)
}
