//! yawc on hyper 1.x, on one thread: a peer with permessage-deflate.
//!
//! Texts are checked to be UTF-8, as by the other peers. Compression has the default level, no
//! context takeover, and one pool of its states for all sockets.

use std::convert::Infallible;
use std::io;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tremolo_benches::websocket::ECHO;
use tremolo_benches::{Arguments, BODY, ready};
use yawc::{DeflatePool, OpCode, Options, UpgradeFut, WebSocket};

type Answer = Response<Either<Empty<Bytes>, Full<Bytes>>>;

async fn echo(upgraded: UpgradeFut) -> yawc::Result<()> {
    let mut socket = upgraded.await?;
    while let Some(frame) = socket.next().await {
        if matches!(frame.opcode(), OpCode::Text | OpCode::Binary) {
            socket.send(frame).await?;
        }
    }
    Ok(())
}

async fn answer(mut request: Request<Incoming>, options: Options) -> Result<Answer, Infallible> {
    if request.uri().path() == ECHO
        && let Ok((response, upgraded)) = WebSocket::upgrade_with_options(&mut request, options)
    {
        // A client that closes early is not an error of this server.
        tokio::spawn(async { drop(echo(upgraded).await) });
        return Ok(response.map(Either::Left));
    }
    let is_hello = request.uri().path() == "/hello";
    let mut response = Response::new(Either::Right(Full::new(BODY.into())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    if !is_hello {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    let listener = TcpListener::bind(arguments.address).await?;
    let options = Options::default()
        .with_utf8()
        .with_balanced_compression()
        .server_no_context_takeover()
        .client_no_context_takeover()
        .with_deflate_pool(DeflatePool::new(64));
    ready()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let options = options.clone();
        let service = service_fn(move |request| answer(request, options.clone()));
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
        tokio::spawn(async move { connection.await.unwrap_or_default() });
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(arguments))
}
