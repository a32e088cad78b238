//! Handles on other threads than their connection's: several threads at once, each of which waits for
//! the driver and wakes it. `cargo xtask threads` runs these tests under ThreadSanitizer.
//!
//! Nothing depends on which thread comes first: each test counts what has arrived in the end.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod messages;
mod requests;
mod responses;
mod stopping;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use tremolo::{Application, Config, ServerHandle};

/// A server with two workers on a free port.
fn start(application: Application) -> ServerHandle {
    let config = Config { worker_num: 2, ..Config::default() };
    application.config(config).listen("127.0.0.1:0").start().unwrap()
}

fn address(server: &ServerHandle) -> String {
    server.addresses().last().unwrap().trim_start_matches("http://").to_owned()
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

/// The body of a response. The request is of HTTP/1.0, so that the end of the connection is its end.
fn ask(server: &ServerHandle, path: &str) -> Vec<u8> {
    let mut stream = connect(&address(server)).unwrap();
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).unwrap();
    body_of(&mut stream)
}

fn body_of(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    bytes.split_off(end.expect("a response has a head") + 4)
}

/// Calls a function on several threads at once, and returns when all have ended.
fn together(threads: usize, call: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for number in 0..threads {
            let call = &call;
            scope.spawn(move || call(number));
        }
    });
}

/// Only a failing test waits for so long.
const TIMEOUT: Duration = Duration::from_secs(60);
