//! A running server that hands its listening sockets over to the next one, which it starts itself:
//! a new program or configuration takes over, and no connection is refused or lost.
//!
//! The old process starts the new one with descriptors and a variable that lists them. The new one
//! takes each socket when it binds its address, and writes a byte into a pipe when it serves. Then
//! the old one stops. If the new one ends before that, the pipe ends, and the old one goes on.

use std::env;
use std::io::{self, PipeReader, Write as _};
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::parent_id;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::io::dup;

use crate::{ListenAddress, inherited};

/// What the next process is started with. Keep this until it has started.
///
/// ```no_run
/// use std::os::fd::AsFd;
/// use std::process::Command;
/// use tremolo_net::{Handover, ListenAddress, Listening};
/// # let config = tremolo_core::Config::default();
///
/// let address: ListenAddress = "127.0.0.1:8000".parse()?;
/// let listening = Listening::bind(&address, &config)?;
/// let (handover, is_ready) = Handover::new([(&address, listening.as_fd())])?;
/// let (name, value) = handover.variable();
/// let child = Command::new("server").env(name, value).spawn()?;
/// drop(handover);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Handover {
    value: String,
    /// Without `FD_CLOEXEC`, so that the next process has them under the same numbers.
    descriptors: Vec<OwnedFd>,
}

impl Handover {
    /// Prepares to hand over sockets, each with the address that it was configured with. The pipe is
    /// readable when the next process serves, and at its end when that has failed.
    ///
    /// # Errors
    ///
    /// The error of the system; no descriptors left, most likely.
    pub fn new<'a>(
        listeners: impl IntoIterator<Item = (&'a ListenAddress, BorrowedFd<'a>)>,
    ) -> io::Result<(Self, PipeReader)> {
        let (reader, writer) = io::pipe()?;
        let mut handover = Self { value: std::process::id().to_string(), descriptors: Vec::new() };
        handover.add(READY, dup(&writer)?);
        for (address, listening) in listeners {
            handover.add(&address.to_string(), dup(listening)?);
        }
        Ok((handover, reader))
    }

    fn add(&mut self, name: &str, descriptor: OwnedFd) {
        // Only a path can hold a line end; such a socket is bound by the next process itself.
        if !name.contains('\n') {
            self.value.push_str(&format!("\n{name}={}", descriptor.as_raw_fd()));
            self.descriptors.push(descriptor);
        }
    }

    /// The variable that the next process needs in its environment.
    #[must_use]
    pub fn variable(&self) -> (&'static str, &str) {
        (VARIABLE, &self.value)
    }

    /// The descriptors that the next process needs, for callers that pass a list of them.
    #[must_use]
    pub fn descriptors(&self) -> Vec<RawFd> {
        self.descriptors.iter().map(|descriptor| descriptor.as_raw_fd()).collect()
    }
}

/// The socket of this address that the process before this one hands over, if it does.
pub(crate) fn take(address: &ListenAddress) -> Option<OwnedFd> {
    let mut received = received().lock().unwrap_or_else(PoisonError::into_inner);
    let name = address.to_string();
    let place = received.iter().position(|(known, _)| *known == name)?;
    Some(received.remove(place).1)
}

/// Whether the process before this one hands over its sockets.
pub(crate) fn is_received() -> bool {
    !received().lock().unwrap_or_else(PoisonError::into_inner).is_empty()
}

/// Reports to the process before this one, if it hands over its sockets, that this one serves. It
/// stops then.
pub fn handover_is_complete() {
    let received = std::mem::take(&mut *received().lock().unwrap_or_else(PoisonError::into_inner));
    for (name, descriptor) in received {
        if name == READY {
            // If the process before this one has ended, there is nothing to report.
            let _ = std::fs::File::from(descriptor).write_all(b"\n");
        }
    }
}

/// What this process was started with and has not taken yet.
fn received() -> &'static Mutex<Vec<(String, OwnedFd)>> {
    static RECEIVED: OnceLock<Mutex<Vec<(String, OwnedFd)>>> = OnceLock::new();
    RECEIVED.get_or_init(|| {
        let value = env::var(VARIABLE).unwrap_or_default();
        let numbers = parse(&value, parent_id());
        let taken = numbers
            .into_iter()
            .filter_map(|(name, number)| Some((name.to_owned(), inherited::take(number).ok()?)));
        Mutex::new(taken.collect())
    })
}

/// Names and numbers of the variable. It counts only for a child of the process that has set it:
/// programs which that child starts inherit the variable, and have none of the descriptors.
fn parse(value: &str, parent: u32) -> Vec<(&str, RawFd)> {
    let mut lines = value.lines();
    if lines.next().and_then(|line| line.parse().ok()) != Some(parent) {
        return Vec::new();
    }
    let listed = lines.filter_map(|line| line.rsplit_once('='));
    listed.filter_map(|(name, number)| Some((name, number.parse().ok()?))).collect()
}

/// Not `TREMOLO_…`: those are options.
const VARIABLE: &str = "_TREMOLO_HANDOVER";

/// The name of the pipe; no address.
const READY: &str = "ready";

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_variable_lists_what_is_handed_over() {
        let address: ListenAddress = "127.0.0.1:0".parse().unwrap();
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (handover, _reader) = Handover::new([(&address, socket.as_fd())]).unwrap();
        let numbers = handover.descriptors();
        let own = std::process::id();
        let (_, value) = handover.variable();
        let expected = [("ready", numbers[0]), ("http://127.0.0.1:0", numbers[1])];
        assert_eq!(parse(value, own), expected);
        for descriptor in &handover.descriptors {
            let flags = rustix::io::fcntl_getfd(descriptor).unwrap();
            assert!(!flags.contains(rustix::io::FdFlags::CLOEXEC));
        }
    }

    #[test]
    fn a_variable_of_another_process_does_not_count() {
        for (value, parent) in [("12\na=3", 13), ("12\na=3", 0), ("", 13), ("x\na=3", 13)] {
            assert!(parse(value, parent).is_empty(), "{value:?}");
        }
        assert_eq!(parse("12\n/a=b=3\nx\ny=z", 12), [("/a=b", 3)]);
    }
}
