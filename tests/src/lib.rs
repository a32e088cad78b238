//! The kit of the black-box tests: a raw client, programs to talk to, and cases as text.
//!
//! It knows sockets and bytes only, and no server except in `in_process`: the same tests can run
//! against every front. All waiting is for something, with one deadline that is far beyond what any answer takes.

mod browser;
mod case;
mod client;
mod in_process;
mod launch;
mod message;
mod multipart;
mod nginx;
mod received;

use std::thread;
use std::time::{Duration, Instant};

pub use self::browser::{Browser, Received};
pub use self::case::{Case, escape, load};
pub use self::client::Client;
pub use self::in_process::{connect, start};
pub use self::launch::{Program, python};
pub use self::message::Message;
pub use self::multipart::{MULTIPART, URLENCODED, multipart};
pub use self::nginx::Nginx;
pub use self::received::{Response, mask_dates};

/// How long anything is waited for. Only a test that fails ever takes so long.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until a condition holds.
///
/// # Panics
///
/// If it does not in time; `what` says what was waited for.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        thread::park_timeout(Duration::from_millis(1));
    }
}
