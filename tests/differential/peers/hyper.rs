//! hyper with its defaults: reads the body of each request, and reports it in the field `X-Seen`.
//! Argument: address.

#![expect(clippy::print_stdout, reason = "the line that the test waits for")]

use std::convert::Infallible;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tremolo_tests::differential::sum;

async fn seen(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let method = request.method().to_string();
    let mut response = Response::new(Empty::new());
    match request.into_body().collect().await {
        Ok(body) => {
            let body = body.to_bytes();
            let report = format!("{method} {} {}", body.len(), sum(&body));
            if let Ok(report) = report.parse() {
                response.headers_mut().insert("x-seen", report);
            }
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    Ok(response)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(seen));
        tokio::spawn(connection);
    }
}
