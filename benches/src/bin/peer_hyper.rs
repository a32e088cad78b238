//! hyper 1.x on one thread, one task per connection, its defaults otherwise.
//!
//! `pipeline-flush` gathers the answers of one read into one write, as hyper's documentation
//! offers for pipelined load; `timer` gives it the clock its 30-second head deadline needs.

use std::convert::Infallible;
use std::io;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tremolo_benches::{Arguments, BODY, ready};

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() != "/hello" {
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    }
    let mut response = Response::new(Full::new(Bytes::from_static(BODY.as_bytes())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    Ok(response)
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.pipeline_flush(arguments.has("pipeline-flush"));
    if arguments.has("timer") {
        http.timer(TokioTimer::new());
    }
    let listener = TcpListener::bind(arguments.address).await?;
    ready()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = http.serve_connection(TokioIo::new(stream), service_fn(hello));
        // A client that leaves early is not an error of the peer's.
        tokio::spawn(async move { connection.await.unwrap_or_default() });
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(arguments))
}
