//! A server that another thread stops while clients and handlers are busy.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tremolo::{Application, Response};

use super::{address, connect, start, together};

/// The last requests of the clients are refused or not read, and what has begun is whole.
#[test]
fn a_server_that_is_stopped_under_load_cuts_no_response() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let handle = runtime.handle().clone();
    let server = start(Application::new().route("/", async move |response: Response| {
        let writing = handle.spawn(async move {
            for _ in 0..PIECES {
                response.write(vec![b'x'; PIECE]).await?;
            }
            response.end("").await
        });
        writing.await.unwrap_or(Ok(()))
    }));
    let (address, served) = (address(&server), AtomicUsize::new(0));
    together(CLIENTS + 1, |number| {
        if number == CLIENTS {
            while served.load(Ordering::Relaxed) < CLIENTS {
                thread::yield_now();
            }
            server.stop();
            return;
        }
        while let Some(response) = fetch(&address) {
            let body = response.len().checked_sub(PIECE * PIECES).unwrap();
            assert!(response[body..].iter().all(|byte| *byte == b'x'));
            served.fetch_add(1, Ordering::Relaxed);
        }
    });
    server.wait().unwrap();
}

/// A whole response; `None` if the server takes no request any more.
fn fetch(address: &str) -> Option<Vec<u8>> {
    let mut stream = connect(address).ok()?;
    let mut bytes = Vec::new();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").ok()?;
    let read = stream.read_to_end(&mut bytes);
    assert!(read.is_ok() || bytes.is_empty(), "{read:?} after {} bytes", bytes.len());
    (!bytes.is_empty()).then_some(bytes)
}

const CLIENTS: usize = 4;

const PIECE: usize = 10_000;

const PIECES: usize = 30;
