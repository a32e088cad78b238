//! Servers of the Rust front in the test's process, for tests with special clocks or handlers.

use tremolo::{Application, ServerHandle};

use crate::client::Client;

/// Starts a server on a free port.
///
/// # Panics
///
/// If the start fails.
pub fn start(application: Application) -> ServerHandle {
    application.listen("127.0.0.1:0").start().expect("a port is free")
}

/// Connects to the last address of a server: the port that [`start`] chose.
///
/// # Panics
///
/// If the connection fails.
#[must_use]
pub fn connect(server: &ServerHandle) -> Client {
    Client::connect(server.addresses().last().expect("a server has an address"))
}
