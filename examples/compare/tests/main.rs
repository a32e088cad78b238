//! The programs of each pair get the same requests, over sockets, and have to answer the same.
//!
//! Compared is what the programs decide: statuses, the fields that they set, bodies. The bodies of
//! errors are those of each framework.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod api;
mod events;
mod lines;
mod mounted;
mod proxy;
mod site;
mod upload;

use std::collections::BTreeSet;
use std::ffi::OsStr;

use tremolo_tests::{Message, Program, Response};

/// Starts both programs of a pair, with the same arguments behind the address: the one with
/// Tremolo, the one with axum.
fn launch(programs: [&str; 2], arguments: &[&OsStr]) -> [Program; 2] {
    programs.map(|program| Program::launch_with(program, arguments))
}

/// The answer to a request, on a connection of its own.
fn ask(program: &Program, request: &Message) -> Response {
    program.connect().exchange(request)
}

/// Fields of an answer, and its status.
fn head<'a>(answer: &'a Response, fields: &[&str]) -> (u16, Vec<Option<&'a str>>) {
    (answer.status(), fields.iter().map(|name| answer.field(name)).collect())
}

/// The members of a field that is a list; their order, case and spaces do not matter.
fn list(answer: &Response, field: &str) -> BTreeSet<String> {
    let members = answer.field(field).unwrap_or_default().split(',');
    members.map(|member| member.trim().to_ascii_lowercase()).collect()
}

/// Asserts that both programs gave the same; returns it.
fn same<T: PartialEq + std::fmt::Debug>([ours, theirs]: [T; 2]) -> T {
    assert_eq!(ours, theirs, "Tremolo (left) and axum (right)");
    ours
}
