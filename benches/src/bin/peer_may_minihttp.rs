//! `may_minihttp` with one worker, set up as its TechEmpower entry is.

use std::io;

use may_minihttp::{HttpServer, HttpService, Request, Response};
use tremolo_benches::{Arguments, BODY, ready};

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(
        &mut self,
        request: Request<'_, '_, '_>,
        response: &mut Response<'_>,
    ) -> io::Result<()> {
        if request.path() == "/hello" {
            response.header("Content-Type: text/html").body(BODY);
        } else {
            response.status_code(404, "Not Found");
        }
        Ok(())
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    may::config().set_workers(1).set_pool_capacity(1000).set_stack_size(0x1000);
    let server = HttpServer(Hello).start(arguments.address)?;
    ready()?;
    server.join().map_err(|_| io::Error::other("the accepting coroutine panicked"))
}
