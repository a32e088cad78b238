//! axum on one thread, with Nagle's algorithm off; files by tower-http's `ServeFile`.
//!
//! The router is converted into a service once, as axum's documentation recommends for speed. For
//! forms, the body limit is off, as the documentation advises for large ones; streams have no
//! limit. A room is a channel `broadcast` of tokio, as in axum's example of a chat.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, Multipart, Path};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::{Listener, ListenerExt};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower_http::services::ServeFile;
use tremolo_benches::websocket::{ECHO, EVENTS, FEED, GREETING, ROOM};
use tremolo_benches::{Arguments, BODY, FIELDS, Order, Pieces, file, ready, routes, tls};

async fn fields() -> impl IntoResponse {
    (FIELDS.map(|(name, value)| (HeaderName::from_static(name), value)), Html(BODY))
}

async fn echo(Json(order): Json<Order>) -> Json<Order> {
    Json(order)
}

fn streamed(pieces: Pieces) -> impl IntoResponse {
    let body = Body::from_stream(stream::iter(pieces.map(io::Result::Ok)));
    ([(CONTENT_TYPE, "text/html")], body)
}

async fn upload(body: Body) -> Result<String, StatusCode> {
    let (mut pieces, mut size): (BodyDataStream, _) = (body.into_data_stream(), 0);
    while let Some(piece) = pieces.next().await {
        size += piece.map_err(|_| StatusCode::BAD_REQUEST)?.len();
    }
    Ok(size.to_string())
}

async fn multipart(mut parts: Multipart) -> Result<String, Response> {
    let mut size = 0;
    while let Some(mut part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        while let Some(piece) = part.chunk().await.map_err(IntoResponse::into_response)? {
            size += piece.len();
        }
    }
    Ok(size.to_string())
}

async fn echo_messages(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let is_data = matches!(message, Message::Text(_) | Message::Binary(_));
        if is_data && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// Sends the messages of this socket to all of the room, and those of the room to this socket.
async fn room(mut socket: WebSocket, messages: Sender<Utf8Bytes>) -> Result<(), axum::Error> {
    let mut receiver = messages.subscribe();
    socket.send(Message::text(GREETING)).await?;
    loop {
        tokio::select! {
            message = socket.recv() => match message.transpose()? {
                // It fails only if no socket is in the room.
                Some(Message::Text(text)) => drop(messages.send(text)),
                Some(_) => {}
                None => return Ok(()),
            },
            text = next(&mut receiver) => match text {
                Some(text) => socket.send(Message::Text(text)).await?,
                None => return Ok(()),
            },
        }
    }
}

fn events(receiver: Receiver<Utf8Bytes>) -> impl IntoResponse {
    let greeting = stream::iter([Utf8Bytes::from_static(GREETING)]);
    let texts = stream::unfold(receiver, |mut receiver| async {
        next(&mut receiver).await.map(|text| (text, receiver))
    });
    let events = greeting.chain(texts).map(|text| Event::default().data(text.as_str()));
    Sse::new(events.map(Ok::<_, Infallible>))
}

/// The next message that this receiver was not too slow for.
async fn next(receiver: &mut Receiver<Utf8Bytes>) -> Option<Utf8Bytes> {
    loop {
        match receiver.recv().await {
            Ok(text) => return Some(text),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

fn router() -> Router {
    let messages = Sender::new(ROOM_CAPACITY);
    let listeners = messages.clone();
    let members = get(async move |upgrade: WebSocketUpgrade| {
        // A client that closes early is not an error of this server.
        upgrade.on_upgrade(async |socket| drop(room(socket, messages).await))
    });
    let (large, larger) = (Pieces::large(16 << 10), Pieces::large(64 << 10));
    let mut router = Router::new()
        .route("/hello", get(|| async { Html(BODY) }))
        .route("/fields", get(fields))
        .route("/echo", post(echo))
        .route("/yield", get(|| async { streamed(Pieces::small()) }))
        .route("/stream/16384", get(|| async { streamed(large) }))
        .route("/stream/65536", get(|| async { streamed(larger) }))
        .route("/upload", post(upload))
        .route("/multipart", post(multipart).layer(DefaultBodyLimit::disable()))
        .route(ECHO, get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo_messages)))
        .route(ROOM, members.clone())
        .route(FEED, members)
        .route(EVENTS, get(async move || events(listeners.subscribe())))
        .route_service("/file", ServeFile::new(file()));
    for number in 0..routes() {
        router = router
            .route(&format!("/routes/{number}"), get(|| async { Html(BODY) }))
            .route(&format!("/items/{number}/{{id}}"), get(|_: Path<u64>| async { Html(BODY) }));
    }
    router
}

/// The messages that a slow client may be behind.
const ROOM_CAPACITY: usize = 16;

async fn serve(arguments: Arguments) -> io::Result<()> {
    if arguments.has(tls::WORD) {
        let encrypted = Encrypted::new(TcpListener::bind(arguments.address).await?)?;
        ready()?;
        return axum::serve(encrypted, router().into_make_service()).await;
    }
    let listener = TcpListener::bind(arguments.address).await?.tap_io(|stream| {
        // On failure responses are slower, but correct.
        let _ = stream.set_nodelay(true);
    });
    ready()?;
    axum::serve(listener, router().into_make_service()).await
}

/// A listener with tokio-rustls. One handshake after the other: the processor does no more at once.
struct Encrypted {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Encrypted {
    fn new(listener: TcpListener) -> io::Result<Self> {
        let (cert, key) = tls::identity()?;
        let cert = CertificateDer::from_pem_file(cert).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
        let builder = ServerConfig::builder().with_no_client_auth();
        let config = builder.with_single_cert(vec![cert], key).map_err(io::Error::other)?;
        Ok(Self { listener, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            let _ = stream.set_nodelay(true);
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(arguments))
}
