//! The halves in tasks and threads, fragments, streams, and sinks.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::mpsc::channel;

use futures_core::Stream;
use futures_sink::Sink;
use tremolo::websocket::{WebSocketError, WebSocketReceiver};
use tremolo::{Application, BlockingWebSocket, HttpError, LeaveOpen, Message, WebSocket, blocking};
use tremolo_tests::TIMEOUT;
use tremolo_tests::frames::{Frame, opcode};

use super::{open, start};

#[test]
fn halves_in_two_tasks_outlive_the_handler_that_leaves_its_connection_open() {
    let server = start(Application::new().route("/", async |socket: WebSocket| {
        let (sender, mut receiver) = socket.split();
        let (queue, mut queued) = tokio::sync::mpsc::channel::<Message>(1);
        tokio::spawn(async move {
            while let Some(Ok(message)) = receiver.next().await {
                if message.as_text() == Some("end") || queue.send(message).await.is_err() {
                    break;
                }
            }
        });
        tokio::spawn(async move {
            while let Some(message) = queued.recv().await {
                sender.send(message).await.unwrap();
            }
        });
        LeaveOpen
    }));
    let mut socket = open(&server);
    for text in ["one", "two", "three"] {
        socket.send_text(text);
        assert_eq!(socket.read_text(), text);
    }
    socket.send_text("end");
    assert_eq!(socket.read_close(), Some(1000));
}

#[test]
fn a_sender_that_outlives_its_handler_is_closed() {
    let (sender, receiver) = channel();
    let server = start(Application::new().route("/", async move |socket: WebSocket| {
        let (socket, sender) = (socket.sender(), sender.clone());
        socket.send("first").await.unwrap();
        tokio::spawn(async move {
            socket.closed().await;
            let error = socket.send("late").await.unwrap_err();
            sender.send(error.is_closed()).unwrap();
        });
    }));
    let mut socket = open(&server);
    assert_eq!(socket.read_text(), "first");
    assert!(receiver.recv_timeout(TIMEOUT).unwrap());
    assert_eq!(socket.read_close(), Some(1000));
}

#[test]
fn a_blocking_handler_receives_and_sends() {
    fn echo(mut socket: BlockingWebSocket) -> Result<(), WebSocketError> {
        let sender = socket.sender();
        while let Some(message) = socket.next().transpose()? {
            if message.as_text() == Some("end") {
                socket.send_fragment("bye", false)?;
                socket.send_fragment("!", true)?;
                break;
            }
            sender.send(message)?;
        }
        Ok(())
    }
    let server = start(Application::new().route("/", blocking(echo)));
    let mut socket = open(&server);
    socket.send_text("on a thread");
    assert_eq!(socket.read_text(), "on a thread");
    socket.send_text("end");
    assert_eq!(socket.read(), Frame::new(opcode::TEXT, "bye").unfinished());
    assert_eq!(socket.read(), Frame::new(opcode::CONTINUATION, "!"));
    socket.answer_close(1000);
}

/// A stream of these items.
struct Items<T>(Vec<T>);

impl<T: Unpin> Stream for Items<T> {
    type Item = T;

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<T>> {
        std::task::Poll::Ready((!self.0.is_empty()).then(|| self.0.remove(0)))
    }
}

#[test]
fn a_stream_is_one_message_and_its_fragments_are_of_one_kind() {
    let server = start(Application::new().route("/", async |socket: WebSocket| {
        socket.send_stream(Items(vec!["a", "b"])).await?;
        socket.send_stream(Items(Vec::<String>::new())).await?;
        socket.send_stream(Items(vec![vec![1_u8]])).await?;
        socket.send_fragment("text", false).await?;
        let mixed = socket.send_fragment(vec![2], true).await;
        assert_eq!(mixed, Err(WebSocketError::MixedFragments));
        assert!(socket.send("whole").await.is_err_and(|error| !error.is_closed()));
        socket.ping("still here").await?;
        assert!(socket.ping([0; 126]).await.is_err_and(|error| !error.is_closed()));
        socket.send_fragment("", true).await?;
        Ok::<_, HttpError>(socket.send("done").await?)
    }));
    let mut socket = open(&server);
    for frame in [
        Frame::new(opcode::TEXT, "a").unfinished(),
        Frame::new(opcode::CONTINUATION, "b").unfinished(),
        Frame::new(opcode::CONTINUATION, ""),
        Frame::new(opcode::BINARY, [1]).unfinished(),
        Frame::new(opcode::CONTINUATION, ""),
        Frame::new(opcode::TEXT, "text").unfinished(),
        Frame::new(opcode::PING, "still here"),
        Frame::new(opcode::CONTINUATION, ""),
        Frame::new(opcode::TEXT, "done"),
    ] {
        assert_eq!(socket.read(), frame);
    }
    socket.answer_close(1000);
}

#[test]
fn the_halves_are_a_stream_and_a_sink() {
    async fn forward(
        mut stream: WebSocketReceiver,
        mut sink: impl Sink<Message, Error = WebSocketError> + Unpin,
    ) -> Result<(), WebSocketError> {
        while let Some(message) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
            let message = message?;
            poll_fn(|cx| Pin::new(&mut sink).poll_ready(cx)).await?;
            let is_last = message.as_text() == Some("end");
            Pin::new(&mut sink).start_send(message)?;
            poll_fn(|cx| Pin::new(&mut sink).poll_flush(cx)).await?;
            if is_last {
                break;
            }
        }
        poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)).await?;
        poll_fn(|cx| Pin::new(&mut sink).poll_close(cx)).await
    }
    let server = start(Application::new().route("/", async |socket: WebSocket| {
        let (sink, stream) = socket.split();
        forward(stream, sink).await
    }));
    let mut socket = open(&server);
    for text in ["one", "end"] {
        socket.send_text(text);
        assert_eq!(socket.read_text(), text);
    }
    socket.answer_close(1000);
}
