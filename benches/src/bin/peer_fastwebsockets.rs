//! fastwebsockets on hyper 1.x, on one thread, as its example `echo_server` has it: messages are
//! collected from their fragments, and its tasks are `unconstrained`.
//!
//! It has no permessage-deflate, no limit of time, and no pings of its own.

use std::convert::Infallible;
use std::io;

use fastwebsockets::upgrade::{UpgradeFut, is_upgrade_request, upgrade};
use fastwebsockets::{FragmentCollector, OpCode, WebSocketError};
use http_body_util::{Either, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tremolo_benches::{Arguments, BODY, ready};

type Answer = Response<Either<Empty<Bytes>, Full<Bytes>>>;

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn answer(mut request: Request<Incoming>) -> Result<Answer, Infallible> {
    if is_upgrade_request(&request)
        && let Ok((response, upgraded)) = upgrade(&mut request)
    {
        // A client that closes early is not an error of this server.
        tokio::spawn(tokio::task::unconstrained(async { drop(echo(upgraded).await) }));
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
    ready()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .with_upgrades();
        tokio::spawn(async move { connection.await.unwrap_or_default() });
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(serve(arguments))
}
