//! hyper 1.x on one thread, one task per connection, otherwise with defaults; multer reads forms. Two
//! workers are two such threads, each with its own listener on the same port (`SO_REUSEPORT`).
//!
//! `pipeline_flush` is on only for pipelined requests: it combines the responses to one read into
//! one write, but buffers a long body as a whole. The word `timer` gives hyper a clock, which its
//! head timeout of 30 seconds needs.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::{self, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use bytes::Bytes;
use http_body_util::{BodyExt, BodyStream, Either, Full};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use multer::Multipart;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;
use tremolo_benches::{Arguments, BODY, FIELDS, Order, Pieces, TWO_WORKERS, depth, ready};

type Answer = Response<Either<Full<Bytes>, Streamed>>;
type Fault = Box<dyn Error + Send + Sync>;

/// That of tokio's `TcpListener::bind`.
const BACKLOG: i32 = 1024;

/// Pieces by reference, the cheapest body of hyper.
struct Streamed(Pieces);

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }
}

async fn answer(request: Request<Incoming>) -> Result<Answer, Fault> {
    Ok(match request.uri().path() {
        "/hello" => html(BODY),
        "/fields" => {
            let mut answer = html(BODY);
            for (name, value) in FIELDS {
                let (name, value) =
                    (HeaderName::from_static(name), HeaderValue::from_static(value));
                answer.headers_mut().insert(name, value);
            }
            answer
        }
        "/echo" => echo(request).await?,
        "/yield" => streamed(Pieces::small()),
        "/stream/16384" => streamed(Pieces::large(16 << 10)),
        "/stream/65536" => streamed(Pieces::large(64 << 10)),
        "/upload" => upload(request).await?,
        "/multipart" => multipart(request).await?,
        _ => {
            let mut answer = html("");
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer
        }
    })
}

async fn echo(request: Request<Incoming>) -> Result<Answer, Fault> {
    let body = request.into_body().collect().await?.to_bytes();
    let order: Order = serde_json::from_slice(&body)?;
    Ok(whole("application/json", serde_json::to_vec(&order)?))
}

async fn upload(request: Request<Incoming>) -> Result<Answer, Fault> {
    let (mut body, mut size) = (request.into_body(), 0);
    while let Some(frame) = body.frame().await {
        size += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok(html(size.to_string()))
}

async fn multipart(request: Request<Incoming>) -> Result<Answer, Fault> {
    let content_type = request.headers().get(CONTENT_TYPE).ok_or("no content type")?;
    let boundary = multer::parse_boundary(content_type.to_str()?)?;
    let pieces =
        futures_util::TryStreamExt::map_ok(BodyStream::new(request.into_body()), |frame| {
            frame.into_data().unwrap_or_default()
        });
    let (mut parts, mut size) = (Multipart::new(pieces, boundary), 0);
    while let Some(mut part) = parts.next_field().await? {
        while let Some(piece) = part.chunk().await? {
            size += piece.len();
        }
    }
    Ok(html(size.to_string()))
}

fn html(body: impl Into<Bytes>) -> Answer {
    whole("text/html", body)
}

fn whole(content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Either::Left(Full::new(body.into())));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer
}

fn streamed(pieces: Pieces) -> Answer {
    let mut answer = Response::new(Either::Right(Streamed(pieces)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer
}

async fn serve(listener: net::TcpListener, with_timer: bool) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.pipeline_flush(depth() > 1);
    if with_timer {
        http.timer(TokioTimer::new());
    }
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(answer));
        // A client that closes early is not an error of this server.
        tokio::spawn(async move { connection.await.unwrap_or_default() });
    }
}

/// As tokio's `bind`, and with `SO_REUSEPORT` if other listeners share the port.
fn listen(address: SocketAddr, is_shared: bool) -> io::Result<net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(is_shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn run(listener: net::TcpListener, with_timer: bool) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(listener, with_timer))
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    let is_shared = arguments.has(TWO_WORKERS);
    let with_timer = arguments.has("timer");
    let listener = listen(arguments.address, is_shared)?;
    if is_shared {
        let other = listen(arguments.address, is_shared)?;
        thread::spawn(move || run(other, with_timer));
    }
    ready()?;
    run(listener, with_timer)
}
