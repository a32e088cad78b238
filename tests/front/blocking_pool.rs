//! The thread pool of blocking handlers: number of threads, order, and when a thread is released.

use std::iter::repeat_with;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tremolo::{
    Application, BlockingRequest, BlockingResponse, Config, HttpError, Pieces, blocking,
};
use tremolo_tests::{Client, Message, TIMEOUT, wait_until};

use crate::{Dropped, ask, connect, start};

fn threads(thread_pool_size: usize) -> Config {
    Config { thread_pool_size, ..Config::default() }
}

/// Waits for the next message.
fn take<T>(receiver: &Mutex<Receiver<T>>) -> T {
    receiver.lock().unwrap().recv_timeout(TIMEOUT).unwrap()
}

#[test]
fn requests_wait_in_order_for_a_thread_without_blocking_the_worker() {
    let (sender, receiver) = channel();
    let (open, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let handler = move |request: BlockingRequest| {
        sender.send(request.query_string().into_owned()).unwrap();
        take(&gate);
    };
    let application = Application::new().route("/", blocking(handler)).config(threads(1));
    let server = start(application.route("/quick", async || "quick"));
    // Each request has reached the server before the next one is sent: a later request on its
    // connection was answered.
    let clients: Vec<Client> = (0..4)
        .map(|number| {
            let mut client = connect(&server);
            client.get(&format!("/?{number}"));
            assert_eq!(ask(&server, "GET /quick", &[], "").1, "quick");
            client
        })
        .collect();
    for number in 0..clients.len() {
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(number.to_string()));
        assert!(receiver.try_recv().is_err());
        open.send(()).unwrap();
    }
}

#[test]
fn as_many_run_at_once_as_there_are_threads() {
    let barrier = Arc::new(std::sync::Barrier::new(3));
    let meet = move || format!("{}", barrier.wait().is_leader());
    let server = start(Application::new().route("/", blocking(meet)).config(threads(3)));
    let mut clients: Vec<Client> = (0..3).map(|_| connect(&server)).collect();
    clients.iter_mut().for_each(|client| client.get("/"));
    let leaders = clients.iter_mut().map(|client| client.read_response().text() == "true");
    assert_eq!(leaders.filter(|leader| *leader).count(), 1);
}

#[test]
fn a_handler_over_its_timeout_gets_an_error_page_and_keeps_its_thread() {
    let (open, gate) = channel::<()>();
    let (sender, receiver) = channel();
    let gate = Mutex::new(gate);
    let slow = move |response: BlockingResponse| {
        take(&gate);
        sender.send(response.write("too late").is_err()).unwrap();
    };
    let app_handler_timeout = Duration::from_millis(200);
    let config = Config { app_handler_timeout, ..threads(1) };
    let application = Application::new().route("/slow", blocking(slow)).config(config);
    let server = start(application.route("/", blocking(|| "free")));
    assert_eq!(ask(&server, "GET /slow", &[], "").0, 500);
    // Time in the queue counts toward the timeout too.
    assert_eq!(ask(&server, "GET /", &[], "").0, 500);
    open.send(()).unwrap();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(true));
    assert_eq!(ask(&server, "GET /", &[], "").1, "free");
}

#[test]
fn a_read_that_waits_ends_with_its_exchange() {
    let (sender, receiver) = channel();
    let read = move |request: BlockingRequest| {
        sender.send(request.body().map_err(|error| error.to_string())).unwrap();
    };
    let app_handler_timeout = Duration::from_millis(200);
    let config = Config { app_handler_timeout, ..threads(1) };
    let server = start(Application::new().route("/", blocking(read)).config(config));
    let mut client = connect(&server);
    client.send(Message::post("/").field("Content-Length: 10").bytes());
    // The handler waited for the client.
    assert_eq!(client.read_response().status(), 408);
    let error = receiver.recv_timeout(TIMEOUT).unwrap().unwrap_err();
    assert!(error.contains("stalled") || error.contains("exchange"), "{error}");
}

#[test]
fn an_iterator_is_not_advanced_while_the_client_reads_nothing() {
    let pulled = Arc::new(AtomicUsize::new(0));
    let (sender, receiver) = channel();
    let count = Arc::clone(&pulled);
    let endless = move || {
        let (count, dropped) = (Arc::clone(&count), Dropped(sender.clone()));
        Pieces(repeat_with(move || {
            let _ = &dropped;
            count.fetch_add(1, Ordering::SeqCst);
            vec![b'x'; 16_384]
        }))
    };
    let server = start(Application::new().route("/", blocking(endless)));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
    // At most: the socket buffers, the transmit queue, and one or two pieces in between.
    let mut last = (0, 0);
    wait_until("nothing is pulled any more", || {
        let now = pulled.load(Ordering::SeqCst);
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
        last.1 > 200
    });
    assert!(last.0 * 16_384 < 16 << 20, "{} pieces", last.0);
    // A part of it is the framing of the chunks.
    client.read_exactly(32 << 20);
    assert!(pulled.load(Ordering::SeqCst) > 2_000);
    client.reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
}

#[test]
fn a_write_fails_after_the_client_disconnects() {
    let (sender, receiver) = channel();
    let endless = move |response: BlockingResponse| -> Result<(), HttpError> {
        let _dropped = Dropped(sender.clone());
        loop {
            response.write(vec![b'x'; 16_384])?;
        }
    };
    let server = start(Application::new().route("/", blocking(endless)).config(threads(1)));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_exactly(9), b"HTTP/1.1 ");
    client.reset();
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
}

#[test]
fn a_queued_job_is_dropped_when_its_client_disconnects() {
    let (open, gate) = channel::<()>();
    let (sender, receiver) = channel();
    let gate = Mutex::new(gate);
    let handler = move |request: BlockingRequest| {
        sender.send(request.query_string().into_owned()).unwrap();
        take(&gate);
        "done"
    };
    let half_close_grace = Duration::from_millis(1);
    let config = Config { half_close_grace, ..threads(1) };
    let application = Application::new().route("/", blocking(handler)).config(config);
    let server = start(application.route("/quick", async || "quick"));
    let mut first = connect(&server);
    first.get("/?first");
    assert_eq!(receiver.recv_timeout(TIMEOUT).as_deref(), Ok("first"));
    let waiting: Vec<Client> = (0..20)
        .map(|number| {
            let mut client = connect(&server);
            client.get(&format!("/?{number}"));
            client
        })
        .collect();
    assert_eq!(ask(&server, "GET /quick", &[], "").1, "quick");
    for (number, mut client) in waiting.into_iter().enumerate() {
        if number % 2 == 0 {
            client.reset();
        } else {
            client.half_close();
            // The server closes: the client counts as disconnected.
            assert_eq!(client.read_to_end(), b"");
        }
    }
    // The earlier event is processed first.
    assert_eq!(ask(&server, "GET /quick", &[], "").1, "quick");
    let mut last = connect(&server);
    last.get("/?last");
    open.send(()).unwrap();
    assert_eq!(first.read_response().text(), "done");
    assert_eq!(receiver.recv_timeout(TIMEOUT).as_deref(), Ok("last"));
    open.send(()).unwrap();
    assert_eq!(last.read_response().text(), "done");
}

#[test]
fn an_endless_thread_does_not_delay_shutdown() {
    let (open, gate) = channel::<()>();
    let (gate, (sender, receiver)) = (Mutex::new(gate), channel());
    let stuck = move || {
        let _dropped = Dropped(sender.clone());
        sender.send("started").unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let shutdown_timeout = Duration::from_millis(100);
    let config = Config { shutdown_timeout, ..Config::default() };
    let server = start(Application::new().route("/", blocking(stuck)).config(config));
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("started"));
    server.stop();
    assert!(matches!(server.wait(), Err(tremolo::Error::Unfinished(1))));
    assert!(receiver.try_recv().is_err());
    drop(open);
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("dropped"));
}

#[test]
fn a_pool_without_threads_is_refused() {
    for size in [0, 10_001] {
        let application = Application::new().listen("127.0.0.1:0").config(threads(size));
        let error = application.start().unwrap_err().to_string();
        assert!(error.contains("thread_pool_size"), "{error}");
    }
}
