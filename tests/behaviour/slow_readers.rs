//! Clients that read slowly or not at all: the handler waits, memory use stays constant, and a
//! client that reads nothing until a timeout is disconnected.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tremolo::{Application, Config, Reply, stream};
use tremolo_tests::wait_until;

use crate::{connect, start};

/// The state of a stream of 1 GiB.
#[derive(Debug, Default)]
struct Progress {
    yielded: AtomicU64,
    dropped: AtomicBool,
}

struct Guard(Arc<Progress>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::SeqCst);
    }
}

impl Progress {
    fn yielded(&self) -> u64 {
        self.yielded.load(Ordering::SeqCst)
    }

    fn is_dropped(&self) -> bool {
        self.dropped.load(Ordering::SeqCst)
    }
}

fn gibibyte(progress: &Arc<Progress>) -> impl Reply + use<> {
    let guard = Guard(Arc::clone(progress));
    stream! {
        for _ in 0..(1_u64 << 30) / PIECE {
            guard.0.yielded.fetch_add(PIECE, Ordering::SeqCst);
            yield vec![b'x'; PIECE as usize];
        }
    }
}

#[test]
fn a_client_that_reads_nothing_blocks_the_handler_and_is_disconnected() {
    let progress = Arc::new(Progress::default());
    let write_timeout = Duration::from_millis(300);
    let config = Config { write_timeout, ..Config::default() };
    let shared = Arc::clone(&progress);
    let server = start(
        Application::new()
            .route("/", move || gibibyte(&shared))
            .route("/ok", async || "fine")
            .config(config),
    );
    let mut client = connect(&server);
    client.get("/");
    wait_until("the stream is dropped", || progress.is_dropped());
    assert!(progress.yielded() < IN_FLIGHT, "{} bytes were yielded", progress.yielded());
    // The client can detect the cut: the last chunk is missing.
    let bytes = client.read_until_cut();
    assert!(!bytes.ends_with(b"0\r\n\r\n"));
    assert_eq!(connect(&server).ask("/ok").text(), "fine");
}

#[test]
fn a_slow_reader_gets_everything_and_limits_what_the_handler_writes_ahead() {
    let progress = Arc::new(Progress::default());
    let shared = Arc::clone(&progress);
    let server = start(Application::new().route("/", move || gibibyte(&shared)));
    let mut client = connect(&server);
    client.get("/");
    let mut read = 0;
    while read < 64 << 20 {
        read += client.read_exactly(PIECE as usize).len() as u64;
        let ahead = progress.yielded().saturating_sub(read);
        assert!(ahead < IN_FLIGHT, "{ahead} bytes ahead");
    }
    drop(client);
    wait_until("the stream is dropped", || progress.is_dropped());
    assert!(progress.yielded() < read + IN_FLIGHT);
}

#[test]
fn a_slow_reader_with_progress_is_not_disconnected() {
    let write_timeout = Duration::from_millis(300);
    let config = Config { write_timeout, ..Config::default() };
    let progress = Arc::new(Progress::default());
    let shared = Arc::clone(&progress);
    let server = start(Application::new().route("/", move || gibibyte(&shared)).config(config));
    let mut client = connect(&server);
    client.get("/");
    let start = std::time::Instant::now();
    // The client reads as fast as the handler writes: for three timeouts, without a long pause.
    let mut read = 0;
    while start.elapsed() < write_timeout * 3 {
        let got = client.read_exactly(1 << 20).len();
        assert_eq!(got, 1 << 20, "cut after {read}");
        read += got;
        std::thread::park_timeout(Duration::from_millis(5));
        if read > 900 << 20 {
            break;
        }
    }
    assert!(!progress.is_dropped());
}

/// The connection has a large response in its transmit queue when the client closes its sending
/// side, and is otherwise idle.
#[test]
fn a_half_close_does_not_drop_the_transmit_queue() {
    let server = start(Application::new().route("/", async || vec![b'x'; 16 << 20]));
    let mut client = connect(&server);
    client.get("/");
    // The client has the head, so the handler has returned, but most of the body is still queued.
    let head = client.read_exactly(15);
    assert_eq!(head, b"HTTP/1.1 200 OK");
    client.half_close();
    let rest = client.read_to_end();
    assert!(rest.len() > 16 << 20, "cut after {} bytes", rest.len());
}

const PIECE: u64 = 16_384;

/// More than both kernel buffers of one connection hold.
const IN_FLIGHT: u64 = 64 << 20;
