//! A server with short timeouts, for the test that pauses it.

use std::time::Duration;

use tremolo::{Application, Config};

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_default();
    let short = Duration::from_secs(2);
    let config = Config { request_timeout: short, keepalive_timeout: short, ..Config::default() };
    Application::new().config(config).route("/", async || "fine").run(address.as_str())
}
