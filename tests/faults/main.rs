//! Faults of the system, of peers and of handlers, on both fronts.
//!
//! Each response is right or can be recognized as cut, and afterwards the server answers.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]
#![cfg(target_os = "linux")]

#[cfg(feature = "system-clients")]
mod injected;
mod outages;
mod resets;
mod server;
