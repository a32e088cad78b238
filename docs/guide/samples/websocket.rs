//! A WebSocket.

use tremolo::{Application, HttpError, Message, WebSocket};

// ANCHOR: echo
async fn shout(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        match message {
            Message::Text(text) => socket.send(text.to_uppercase()).await?,
            Message::Binary(bytes) => socket.send(bytes).await?,
        }
    }
    Ok(())
}
// ANCHOR_END: echo

pub fn application() -> Application {
    Application::new().route("/shout", shout)
}
