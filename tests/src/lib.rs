//! Helpers of the black-box tests: a raw client, server programs, and test cases as text.
//!
//! Except for `in_process`, they use only sockets and bytes, so that the same tests can run against
//! every front. Every wait is for a condition, with one timeout that no correct response reaches.

mod browser;
mod case;
mod client;
pub mod differential;
pub mod frames;
mod in_process;
mod launch;
mod message;
mod multipart;
mod nginx;
mod received;
mod redis;

use std::thread;
use std::time::{Duration, Instant};

pub use self::browser::{Browser, Received};
pub use self::case::{Case, escape, load};
pub use self::client::Client;
pub use self::in_process::{connect, start};
pub use self::launch::{Program, example, python};
pub use self::message::Message;
pub use self::multipart::{MULTIPART, URLENCODED, multipart};
pub use self::nginx::Nginx;
pub use self::received::{Response, mask_dates};
pub use self::redis::RedisServer;

/// The timeout of every wait. Only a failing test reaches it.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Waits until a condition holds.
///
/// # Panics
///
/// If the condition does not hold in time; `what` names the condition in the message.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < TIMEOUT, "timed out before {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}
