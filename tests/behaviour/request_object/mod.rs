//! The request object, path by path, for both fronts (`docs/differences.md`, The request object).
//! These tests know the program by its address only.

mod bodies;
mod clients;
mod content;
mod cut;
mod early;
mod expect;
mod framing;
mod head;
mod limits;
mod multipart;
mod splits;

use tremolo_tests::{Client, Message, Program, python};

/// The example that has a path for each way to read a request.
fn program() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_request_object"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/request_object.py"),
    )
}

/// The expected lines of pairs. The Python front leaves out names without a value in queries and
/// urlencoded forms, as the original does.
fn pairs(lines: &str) -> String {
    let has_value = |line: &str| line.split_once('=').is_none_or(|(_, value)| value != "\n");
    let keep = |line: &&str| python().is_none() || has_value(line);
    lines.split_inclusive('\n').filter(keep).collect()
}

/// All byte values, with a period that differs from every buffer size.
fn pattern(length: usize) -> Vec<u8> {
    let block: Vec<u8> =
        (0..65_521_u32).map(|at| (at.wrapping_mul(0x9E37_79B1) >> 24) as u8).collect();
    let mut bytes = block.repeat(length / block.len());
    bytes.extend_from_slice(&block[..length % block.len()]);
    bytes
}

/// Asserts that the connection serves another request.
#[track_caller]
fn assert_persists(client: &mut Client) {
    let response = client.exchange(&Message::post("/echo").body("still here"));
    assert_eq!(response.status_and_text(), (200, "still here".to_owned()));
}

#[track_caller]
fn assert_serves(program: &Program) {
    assert_persists(&mut program.connect());
}

const MIB: usize = 1 << 20;
