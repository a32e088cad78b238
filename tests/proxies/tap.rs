//! A listener between a proxy and the server: passes all bytes on, and keeps them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A running tap. Dropping this ends it, once both sides have closed.
pub(crate) struct Tap {
    address: String,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// One connection of the proxy to the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed {
    /// What has passed in one go, in order, and whether it went to the server.
    pub(crate) pieces: Vec<(bool, Vec<u8>)>,
}

struct Shared {
    server: String,
    passed: Mutex<Vec<Passed>>,
    is_over: AtomicBool,
}

impl Tap {
    /// Listens in front of the server at `host:port`.
    pub(crate) fn new(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            passed: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let accepting = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where the proxy connects to, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// All connections so far, in the order in which they were opened.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.shared.passed.lock().unwrap().clone()
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // Wakes the thread.
        let _ = TcpStream::connect(&self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for proxy in listener.incoming() {
        if shared.is_over.load(Ordering::Relaxed) {
            return;
        }
        let (Ok(proxy), Ok(server)) = (proxy, TcpStream::connect(&shared.server)) else { continue };
        let number = {
            let mut passed = shared.passed.lock().unwrap();
            passed.push(Passed::default());
            passed.len() - 1
        };
        for (from, to, is_up) in [(&proxy, &server, true), (&server, &proxy, false)] {
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            to.set_nodelay(true).unwrap();
            let shared = Arc::clone(shared);
            thread::spawn(move || pass(from, to, |piece| shared.keep(number, is_up, piece)));
        }
    }
}

impl Shared {
    fn keep(&self, number: usize, is_up: bool, piece: &[u8]) {
        self.passed.lock().unwrap()[number].pieces.push((is_up, piece.to_owned()));
    }
}

/// Until one side closes. `keep` comes before the other side has the piece.
fn pass(mut from: TcpStream, mut to: TcpStream, keep: impl Fn(&[u8])) {
    let mut piece = vec![0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        keep(&piece[..count]);
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    let _ = from.shutdown(Shutdown::Read);
}
