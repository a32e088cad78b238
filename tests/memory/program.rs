//! A server whose handlers take what they get and never end, and whose allocations are counted.
//!
//! The second argument is the path of a Unix socket: each connection to it is answered with the
//! number of bytes that are allocated.

use std::alloc::System;
use std::future::pending;
use std::io::Write;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::thread;

use bytes::Bytes;
use cap::Cap;
use tremolo::{
    Application, Config, Event, Handler, HttpError, Listen, Reply, Request, Sse, StaticFiles,
    WebSocket, stream,
};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Reads one piece of the body and holds it.
async fn hold(request: Request) -> Result<(), HttpError> {
    let _piece = request.piece().await?;
    pending().await
}

/// Reads the body in pieces, and holds none of them.
async fn read(request: Request) -> Result<(), HttpError> {
    while request.piece().await?.is_some() {}
    pending().await
}

async fn whole(_body: Bytes) {
    pending::<()>().await;
}

/// Receives messages, and sends none.
async fn receive(mut socket: WebSocket) -> Result<(), HttpError> {
    while socket.next().await.transpose()?.is_some() {}
    Ok(())
}

async fn form(request: Request) -> Result<(), HttpError> {
    let _form = request.form().await?;
    pending().await
}

async fn upload(request: Request) -> Result<(), HttpError> {
    let mut files = request.files();
    while let Some(step) = files.next().await.transpose()? {
        drop(step);
    }
    Ok(())
}

fn pieces(length: usize) -> impl Reply {
    stream! {
        loop {
            yield vec![b'x'; length];
        }
    }
}

async fn events(sse: Sse) -> Result<(), HttpError> {
    loop {
        sse.send(Event::new("x".repeat(SHORT))).await?;
    }
}

/// Receives nothing.
async fn deaf(socket: WebSocket) -> Result<(), HttpError> {
    socket.accept().await?;
    pending().await
}

/// Receives one message, and sends one.
async fn once(mut socket: WebSocket) -> Result<(), HttpError> {
    socket.next().await.transpose()?;
    socket.send(vec![b'x'; LONG]).await?;
    pending().await
}

/// Receives one message, and then sends without an end.
async fn flood(mut socket: WebSocket) -> Result<(), HttpError> {
    socket.next().await.transpose()?;
    loop {
        socket.send(vec![b'x'; LONG]).await?;
    }
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let folder = PathBuf::from(arguments.next().unwrap_or_default());
    let counter = UnixListener::bind(folder.join("counter")).expect("the folder is empty");
    thread::spawn(move || {
        for asker in counter.incoming() {
            let allocated = ALLOCATOR.allocated();
            let _ = asker.and_then(|mut asker| write!(asker, "{allocated}"));
        }
    });
    Application::new()
        .config(Config::from_env()?)
        .route("/hello", async || "Hello World!")
        .route("/pending", async || pending::<()>().await)
        .route("/hold", hold)
        .route("/decoded", read.with_decompression(1 << 30))
        .route("/whole", whole)
        .route("/inflated", whole.with_decompression(256 << 10))
        .route("/receive", receive)
        .route("/form", form)
        .route("/upload", upload)
        .route("/short", || pieces(SHORT))
        .route("/long", || pieces(LONG))
        .route("/events", events)
        .route("/deaf", deaf)
        .route("/once", once)
        .route("/flood", flood)
        .mount("/files", StaticFiles::new(folder))
        .run(Listen::new(address))
}

const SHORT: usize = 1_000;

const LONG: usize = 60_000;
