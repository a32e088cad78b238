//! The WebSocket of the Rust front: what a handler, its tasks and its threads see, and broadcasts.
//! `tests/behaviour/websocket` has what every front does.

mod broadcast;
mod ends;
mod handles;
mod opening;

use std::sync::mpsc::{Receiver, Sender, channel};

use tremolo::{Application, HttpError, ServerHandle, WebSocket};
use tremolo_tests::frames::{Socket, handshake};

use crate::{connect, start};

/// Opens a WebSocket at `/`.
fn open(server: &ServerHandle) -> Socket {
    Socket::open_with(connect(server), &handshake("/"))
}

/// A server whose handler receives until the end, and reports it.
fn reporting() -> (Application, Receiver<String>) {
    let (sender, receiver) = channel();
    (Application::new().route("/", async move |socket| report(socket, &sender).await), receiver)
}

async fn report(mut socket: WebSocket, sender: &Sender<String>) {
    sender.send("open".to_owned()).unwrap();
    let end = loop {
        match socket.next().await {
            Some(Ok(message)) => socket.send(message).await.unwrap(),
            Some(Err(error)) => break error.to_string(),
            None => break format!("{:?}", socket.close_frame()),
        }
    };
    assert!(socket.next().await.is_none());
    assert!(socket.send("late").await.is_err_and(|error| error.is_closed()));
    sender.send(end).unwrap();
}

async fn echo(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}
