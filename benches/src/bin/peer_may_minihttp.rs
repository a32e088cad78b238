//! `may_minihttp` with one worker, configured as its TechEmpower entry. It cannot stream bodies.

use std::io::{self, Read};

use bytes::BufMut;
use may_minihttp::{HttpServer, HttpService, Request, Response};
use tremolo_benches::{Arguments, BODY, Order, ready};

/// [`FIELDS`](tremolo_benches::FIELDS) as whole field lines, which this library needs.
const LINES: [&str; 5] = [
    "cache-control: no-store",
    "x-request-id: 0123456789abcdef",
    "vary: accept-encoding",
    "x-frame-options: DENY",
    "set-cookie: session=0123456789abcdef; Path=/; HttpOnly",
];

#[derive(Clone)]
struct Service;

impl HttpService for Service {
    fn call(
        &mut self,
        request: Request<'_, '_, '_>,
        response: &mut Response<'_>,
    ) -> io::Result<()> {
        match request.path() {
            "/hello" => {
                response.header("Content-Type: text/html").body(BODY);
            }
            "/fields" => {
                response.header("Content-Type: text/html").body(BODY);
                for line in LINES {
                    response.header(line);
                }
            }
            "/echo" => {
                let mut body = Vec::with_capacity(1024);
                request.body().read_to_end(&mut body)?;
                let order: Order = serde_json::from_slice(&body)?;
                response.header("Content-Type: application/json");
                serde_json::to_writer(response.body_mut().writer(), &order)?;
            }
            _ => {
                response.status_code(404, "Not Found");
            }
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    may::config().set_workers(1).set_pool_capacity(1000).set_stack_size(0x1000);
    let server = HttpServer(Service).start(arguments.address)?;
    ready()?;
    server.join().map_err(|_| io::Error::other("the accepting coroutine panicked"))
}
