//! `memory_bound` against servers of both fronts, whose peers make a connection as large as they can.
//!
//! The program of the Rust front counts its allocations; of Python the resident memory is compared.
//! Each test is one state: a hundred connections are brought into it, and then all of them together
//! take no more than the bound of each allows, and no less than shows that they are in it.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![cfg(target_os = "linux")]

mod bodies;
mod encrypted;
mod heads;
mod peer;
mod pressure;
mod responses;
mod server;
mod websockets;
