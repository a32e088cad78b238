//! A socket is received from in one place; its sender can be cloned.

use tremolo::{Application, HttpError, WebSocket};

async fn echo(socket: WebSocket) -> Result<(), HttpError> {
    let (_, mut receiver) = socket.split();
    tokio::spawn(async move { receiver.next().await });
    receiver.next().await;
    Ok(())
}

fn main() {
    let _ = Application::new().route("/", echo);
}
