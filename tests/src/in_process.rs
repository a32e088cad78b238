//! Servers of the Rust front in this process, for tests with clocks and handlers of their own.

use tremolo::{Application, Running};

use crate::client::Client;

/// A server on a free port.
///
/// # Panics
///
/// If it cannot be started.
#[must_use]
pub fn start(application: Application) -> Running {
    application.listen("127.0.0.1:0").start().expect("a port is free")
}

/// A new connection to the last address of a server: the port that [`start`] chose.
///
/// # Panics
///
/// If it does not take one.
#[must_use]
pub fn connect(server: &Running) -> Client {
    Client::connect(server.addresses().last().expect("a server has an address"))
}
