//! Responses that other threads write.

use std::io::{BufRead, BufReader, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tremolo::errors::ConnectionError;
use tremolo::testing::block_on;
use tremolo::{Application, BlockingResponse, LeaveOpen, Response, blocking};

use super::{address, ask, connect, start, together};

/// A handler that gives its response to whichever thread takes it.
fn handing_over(sender: Sender<Response>) -> Application {
    Application::new().route("/", async move |response: Response| {
        sender.send(response).unwrap();
        LeaveOpen
    })
}

fn next(receiver: &Mutex<Receiver<Response>>) -> Option<Response> {
    receiver.lock().unwrap().recv().ok()
}

/// Longer than what may be queued, so that each writer has to wait for the driver.
#[test]
fn threads_that_take_responses_write_them_whole() {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let server = start(handing_over(sender));
    let expected = [b'x'; PIECE].repeat(PIECES);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(response) = next(&receiver) {
                    block_on(write_whole(&response)).unwrap();
                }
            });
        }
        together(THREADS, |_| {
            for _ in 0..ROUNDS {
                assert!(ask(&server, "/") == expected);
            }
        });
        // The handler has the only sender.
        server.stop();
        server.wait().unwrap();
    });
}

async fn write_whole(response: &Response) -> Result<(), ConnectionError> {
    for _ in 0..PIECES {
        response.write(vec![b'x'; PIECE]).await?;
    }
    response.end("").await
}

#[test]
fn threads_that_write_one_response_at_once_lose_no_piece() {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let server = start(handing_over(sender));
    thread::scope(|scope| {
        let client = scope.spawn(|| ask(&server, "/"));
        let response = next(&receiver).unwrap();
        together(THREADS, |number| {
            let letter = b"abcd"[number];
            for _ in 0..PIECES {
                block_on(response.write(vec![letter; PIECE])).unwrap();
            }
        });
        block_on(response.end("")).unwrap();
        let body = client.join().unwrap();
        for letter in b"abcd" {
            let count = body.iter().filter(|byte| *byte == letter).count();
            assert_eq!(count, PIECE * PIECES);
        }
        // The pieces themselves are whole.
        assert!(body.chunks(PIECE).all(|piece| piece.iter().all(|byte| *byte == piece[0])));
    });
}

#[test]
fn blocking_handlers_write_on_threads_of_the_pool() {
    let write = |response: BlockingResponse| -> Result<(), ConnectionError> {
        for _ in 0..PIECES {
            response.write(vec![b'x'; PIECE])?;
        }
        response.end("")
    };
    let server = start(Application::new().route("/", blocking(write)));
    together(THREADS, |_| {
        for _ in 0..ROUNDS {
            assert_eq!(ask(&server, "/").len(), PIECE * PIECES);
        }
    });
}

/// One connection, whose handles of past exchanges are used by other threads all the time.
#[test]
fn handles_of_past_exchanges_change_nothing_of_the_current_one() {
    let (sender, receiver) = channel();
    let receiver = Mutex::new(receiver);
    let server = start(Application::new().route("/", async move |response: Response| {
        response.end("fine").await?;
        sender.send(response).unwrap();
        Ok::<_, ConnectionError>(())
    }));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(response) = next(&receiver) {
                    // Whether its exchange is over depends on the thread of the worker.
                    let _ = response.set_header("X-Late", "1");
                    let _ = block_on(response.write("late"));
                    let _ = block_on(response.end("late"));
                }
            });
        }
        let mut stream = connect(&address(&server)).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        for _ in 0..20 * ROUNDS {
            stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            assert_eq!(read_response(&mut reader), "fine");
        }
        server.stop();
        server.wait().unwrap();
    });
}

/// The body of a response with a length, on a connection that stays open.
fn read_response(reader: &mut impl BufRead) -> String {
    let (mut length, mut line) = (0, String::new());
    while line != "\r\n" {
        line.clear();
        assert!(reader.read_line(&mut line).unwrap() > 0, "the connection has ended");
        assert!(!line.starts_with("X-Late"));
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

const THREADS: usize = 4;

const ROUNDS: usize = 10;

const PIECE: usize = 10_000;

const PIECES: usize = 60;
