//! Behaviour of both fronts on the wire: one module per topic, in one binary.
//!
//! The modules of the first group know a program only by its address, so they test every front. The
//! modules of the second group start Rust servers in this process, with short timeouts and with
//! handlers that report what happens to them.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod access_log;
mod bad_heads;
mod compression;
mod curl;
mod differential;
mod events;
mod files;
mod methods;
mod operation;
mod persistence;
mod request_object;
mod response_object;
mod server;
mod sources;
mod websocket;
mod wrong_options;

mod deadlines;
mod failures;
mod gone_clients;
mod handles;
mod listening;
mod pause;
mod slow_readers;
mod slow_uploads;
mod stopping;
mod turns;

use tremolo_tests::{Program, connect, start};

/// The example that has a path for each row of the response object's table.
fn response_object_program() -> Program {
    Program::launch_example(RESPONSE_OBJECT.0, RESPONSE_OBJECT.1)
}

/// Its program of the Rust front, and its script of the Python front.
const RESPONSE_OBJECT: (&str, &str) = (
    env!("CARGO_BIN_EXE_response_object"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/response_object.py"),
);
