//! Servers of the Rust front in the test's process, for tests with special clocks or handlers.

use tremolo::{Application, Running};

use crate::client::Client;

/// Starts a server on a free port.
///
/// # Panics
///
/// If the start fails.
#[must_use]
pub fn start(application: Application) -> Running {
    application.listen("127.0.0.1:0").start().expect("a port is free")
}

/// Connects to the last address of a server: the port that [`start`] chose.
///
/// # Panics
///
/// If the connection fails.
#[must_use]
pub fn connect(server: &Running) -> Client {
    Client::connect(server.addresses().last().expect("a server has an address"))
}
