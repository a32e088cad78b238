//! axum on one thread, served as its documentation says, with Nagle's algorithm off.

use std::io;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tremolo_benches::{Arguments, BODY, ready};

async fn serve(arguments: Arguments) -> io::Result<()> {
    let router = Router::new().route("/hello", get(|| async { Html(BODY) }));
    let listener = TcpListener::bind(arguments.address).await?.tap_io(|stream| {
        // Without it the answer is late, not wrong.
        let _ = stream.set_nodelay(true);
    });
    ready()?;
    axum::serve(listener, router).await
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(arguments))
}
