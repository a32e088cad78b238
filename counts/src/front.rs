//! The inputs of the Rust front: a server and a client in one process, over loopback.
//!
//! Client and kernel influence what happens between two requests, so the number of instructions is
//! not repeatable; the number of allocations is.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use tremolo::Application;
use tremolo_counts::{Input, Round, run};

fn main() -> ExitCode {
    run(INPUTS)
}

const INPUTS: &[Input] = &[Input {
    name: "front-hello",
    about: "`GET` with one field, through a socket to a handler and back",
    requests: 1,
    prepare: hello,
}];

fn hello() -> Round {
    let config = tremolo::Config { worker_num: 1, ..tremolo::Config::default() };
    let server = Application::new()
        .config(config)
        .route("/hello", async || "Hello World!")
        .listen("127.0.0.1:0")
        .start()
        .expect("there is a free port");
    let address = server.addresses()[0].trim_start_matches("http://").to_owned();
    let mut client = TcpStream::connect(address).expect("the server listens");
    let mut answer = [0; 1_024];
    Box::new(move || {
        // The server lives as long as its client.
        let _ = &server;
        client.write_all(REQUEST).expect("the server reads");
        let mut length = 0;
        while !answer[..length].ends_with(b"Hello World!") {
            let count = client.read(&mut answer[length..]).expect("the server answers");
            assert!(count > 0, "the server has gone");
            length += count;
        }
        length
    })
}

const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nHost: localhost:8000\r\n\r\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_keeps_its_state() {
        for input in INPUTS {
            let mut round = (input.prepare)();
            let first = round();
            assert!((1..100).all(|_| round() == first), "{}", input.name);
        }
    }
}
