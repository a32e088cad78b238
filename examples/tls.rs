//! Serves HTTPS: `cargo run --features full --example tls 127.0.0.1:8443 cert.pem key.pem`, with the files that
//! `openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost` makes.

use std::time::Duration;

use bytes::Bytes;
use tremolo::{Application, Listen, Request};

async fn hello(request: Request) -> String {
    let name = request.client_certificate().and_then(|certificate| certificate.common_name);
    let version = request.tls().map_or("nothing", |tls| tls.version);
    format!("Hello {} over {version}", name.as_deref().unwrap_or("you"))
}

async fn echo(body: Bytes) -> Bytes {
    body
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let listen = Listen::new(next("127.0.0.1:8443"))
        .tls(next("cert.pem"), next("key.pem"))
        .hsts(Duration::from_secs(365 * 86_400));
    Application::new().route("/", hello).route("/echo", echo).run(listen)
}
