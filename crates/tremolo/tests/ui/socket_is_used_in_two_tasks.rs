//! A socket is received from in one place; its sender can be cloned.

use tremolo::{Application, HttpError, WebSocket};

async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
    tokio::spawn(async move { socket.send("hello").await });
    socket.next().await;
    Ok(())
}

fn main() {
    let _ = Application::new().route("/", echo);
}
