//! Operation of both fronts: stopping, the exit code, what a server does at its limits, and a next
//! process that takes over.

mod overload;
mod stopping;
mod takeover;

use tremolo_tests::Program;

/// The program of these tests, with variables in its environment.
fn launch(environment: &[(&str, &str)]) -> Program {
    Program::launch_example_in(PROGRAM.0, PROGRAM.1, &[], environment)
}

/// Its program of the Rust front, and its script of the Python front.
const PROGRAM: (&str, &str) = (
    env!("CARGO_BIN_EXE_operation"),
    concat!(env!("CARGO_MANIFEST_DIR"), "/behaviour/operation/program.py"),
);
