//! Tremolo with one worker, or two, otherwise with defaults: no logging, no access log.
//!
//! The body limit, 2 MiB by default, is raised for the two routes that receive 1 GiB, and the limits of
//! idle connections for 100,000 of them.

use std::io;
use std::time::Duration;

use tremolo::methods::post;
use tremolo::websocket::PreparedMessage;
use tremolo::{
    Answer, Application, Broadcast, Config, Event, Handler, HttpError, Json, Listen, Path, Reply,
    Request, Response, Sse, State, WebSocket, stream,
};
use tremolo_benches::websocket::{ECHO, EVENTS, FEED, GREETING, ROOM};
use tremolo_benches::{Arguments, BODY, FIELDS, Order, Pieces, TRANSFER, TWO_WORKERS};
use tremolo_benches::{connections, file, ready, routes, tls};

/// Idle connections beside those of a scenario, and how long all of them may idle.
const SPARE_CONNECTIONS: usize = 1_024;
const IDLE_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Twice the file: the multipart overhead is small.
const BODY_LIMIT: u64 = 2 * TRANSFER;

/// The rate limit of the scenario `rate`, in bytes per second, and the length of its body in
/// seconds.
const RATE: u64 = 8 << 20;
const RATE_SECONDS: usize = 10;

/// The messages that a slow client may be behind.
const ROOM_CAPACITY: usize = 16;

async fn fields() -> Answer {
    FIELDS
        .iter()
        .fold(BODY.into_answer(), |answer, (name, value)| answer.with_header(*name, *value))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

async fn upload(request: Request) -> Result<String, HttpError> {
    let (mut body, mut size) = (request.stream(), 0);
    while let Some(piece) = body.next().await {
        size += piece?.len();
    }
    Ok(size.to_string())
}

async fn multipart(request: Request) -> Result<String, HttpError> {
    let (mut parts, mut size) = (request.parts(), 0);
    while let Some(part) = parts.next().await {
        let part = part?;
        while let Some(piece) = part.piece().await? {
            size += piece.len();
        }
    }
    Ok(size.to_string())
}

async fn echo_messages(mut socket: WebSocket) -> Result<(), HttpError> {
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}

/// Sends the messages of this socket to all of the room, and those of the room to this socket.
async fn room(
    mut socket: WebSocket,
    State(room): State<Broadcast<PreparedMessage>>,
    State(listeners): State<Broadcast<Event>>,
) -> Result<(), HttpError> {
    let messages = room.subscribe();
    socket.send(GREETING).await?;
    let sender = socket.sender();
    let receive = async {
        while let Some(message) = socket.next().await.transpose()? {
            if let Some(text) = message.as_text()
                && listeners.subscribers() > 0
            {
                listeners.send(text).await;
            }
            room.send(message).await;
        }
        Ok(())
    };
    tokio::select! {
        received = receive => received,
        sent = sender.forward(messages) => Ok(sent?),
    }
}

/// Sends the texts of the room to an event stream.
async fn events(sse: Sse, State(listeners): State<Broadcast<Event>>) -> Result<(), HttpError> {
    let messages = listeners.subscribe();
    sse.send(GREETING).await?;
    Ok(sse.forward(messages).await?)
}

fn streamed(pieces: &Pieces) -> impl Reply + use<> {
    let pieces = pieces.clone();
    stream! {
        for piece in pieces {
            yield piece;
        }
    }
}

fn application() -> Application {
    let (large, larger, file) = (Pieces::large(16 << 10), Pieces::large(64 << 10), file());
    let limited = Pieces::large(64 << 10).take(RATE_SECONDS * (RATE >> 16) as usize);
    let mut application = Application::new()
        .state(Broadcast::<PreparedMessage>::new(ROOM_CAPACITY))
        .state(Broadcast::<Event>::new(ROOM_CAPACITY))
        .route(ECHO, echo_messages)
        .route(ROOM, room)
        .route(FEED, room)
        .route(EVENTS, events)
        .route("/hello", async || BODY)
        .route("/fields", fields)
        .route("/echo", post(echo))
        .route("/yield", || streamed(&Pieces::small()))
        .route("/stream/16384", move || streamed(&large))
        .route("/stream/65536", move || streamed(&larger))
        .route("/endless", (|| streamed(&Pieces::endless())).with_compression(true))
        .route("/upload", post(upload.with_body_limit(BODY_LIMIT)))
        .route("/multipart", post(multipart.with_body_limit(BODY_LIMIT)))
        .route("/file", async move |response: Response| response.sendfile(&file).await)
        .route("/rate", (move || tremolo::Pieces(limited.clone())).with_rate(RATE));
    for number in 0..routes() {
        application = application
            .route(&format!("/routes/{number}"), async || BODY)
            .route(&format!("^/items/{number}/(\\d+)$"), async |_: Path<u64>| BODY);
    }
    application
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    let mut listen = Listen::new(arguments.address.to_string());
    if arguments.has(tls::WORD) {
        let (cert, key) = tls::identity()?;
        listen = listen.tls(cert.display().to_string(), key.display().to_string());
    }
    let application = application().listen(listen);
    let crowd = connections();
    let mut config = Config::from_env().map_err(io::Error::other)?;
    if arguments.has(TWO_WORKERS) {
        config.worker_num = 2;
    }
    if crowd > 0 {
        config.keepalive_connections = crowd + SPARE_CONNECTIONS;
        config.keepalive_timeout = IDLE_TIMEOUT;
    }
    let application = application.config(config);
    let server = application.start().map_err(io::Error::other)?;
    ready()?;
    server.wait().map_err(io::Error::other)
}
