//! What the fronts do on the wire, one module for each kind of behaviour; one binary.
//!
//! The first group knows a program only by its address, so that it holds for every front. The
//! second starts servers of its own, in this process, with short clocks and with handlers that
//! tell what happens to them.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod bad_heads;
mod curl;
mod files;
mod methods;
mod persistence;
mod request_object;
mod response_object;

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
    Program::launch_example(
        env!("CARGO_BIN_EXE_response_object"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/response_object.py"),
    )
}
