//! Requests whose body other threads read.

use std::io::Write;
use std::thread;

use tokio::runtime::Builder;
use tokio::sync::mpsc::channel;
use tremolo::errors::ConnectionError;
use tremolo::{
    Application, BlockingRequest, BlockingResponse, LeaveOpen, Request, Response, ServerHandle,
    blocking,
};

use super::{address, body_of, connect, start, together};

/// One task reads the body, another one writes it; both on a runtime with several threads.
#[test]
fn tasks_of_another_runtime_read_and_write_at_once() {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).build().unwrap();
    let handle = runtime.handle().clone();
    let echo = async move |request: Request, response: Response| {
        let (sender, mut receiver) = channel(1);
        handle.spawn(async move {
            let mut body = request.stream();
            while let Some(piece) = body.next().await {
                if sender.send(piece.unwrap()).await.is_err() {
                    break;
                }
            }
        });
        handle.spawn(async move {
            while let Some(piece) = receiver.recv().await {
                response.write(piece).await.unwrap();
            }
            response.end("").await.unwrap();
        });
        LeaveOpen
    };
    let server = start(Application::new().route("/", echo));
    together(THREADS, |_| (0..ROUNDS).for_each(|_| expect_echo(&server)));
}

#[test]
fn blocking_handlers_read_and_write_on_threads_of_the_pool() {
    let echo =
        |request: BlockingRequest, response: BlockingResponse| -> Result<(), ConnectionError> {
            while let Some(piece) = request.piece()? {
                response.write(piece)?;
            }
            response.end("")
        };
    let server = start(Application::new().route("/", blocking(echo)));
    together(THREADS, |_| (0..ROUNDS).for_each(|_| expect_echo(&server)));
}

/// Sends a body that is longer than all buffers, and expects it back.
fn expect_echo(server: &ServerHandle) {
    let body: Vec<u8> = (0..LENGTH).map(|at| (at / 7) as u8).collect();
    let mut stream = connect(&address(server)).unwrap();
    let head = format!("POST / HTTP/1.0\r\nContent-Length: {LENGTH}\r\n\r\n");
    let mut sending = stream.try_clone().unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            sending.write_all(head.as_bytes()).unwrap();
            body.chunks(9_999).for_each(|piece| sending.write_all(piece).unwrap());
        });
        assert!(body_of(&mut stream) == body);
    });
}

const THREADS: usize = 4;

const ROUNDS: usize = 5;

const LENGTH: usize = 700_000;
