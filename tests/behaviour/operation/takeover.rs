//! The next process takes over while clients send requests, and no request fails: clients that keep
//! their connection and clients that connect for each request; neither tries anything again.
//!
//! `RESTARTS=10 cargo test -p tremolo-tests --test behaviour takeover` repeats it ten times in a row.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

use tremolo_tests::{Client, Message, Program, wait_until};

use super::{PROGRAM, launch};

/// Clients that send requests until the test stops them. One that gets no response panics.
struct Load {
    is_over: Arc<AtomicBool>,
    served: Arc<AtomicUsize>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    fn begin(address: &str) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let served = Arc::new(AtomicUsize::new(0));
        let clients = (0..6).map(|index| {
            let (address, is_over) = (address.to_owned(), Arc::clone(&is_over));
            let served = Arc::clone(&served);
            thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let mut client = Client::connect(&address);
                    if index % 3 == 0 {
                        let response = client.exchange(&Message::new("GET /").closing());
                        assert_eq!(response.status(), 200);
                        served.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    while !is_over.load(Ordering::Relaxed) {
                        let response = client.ask("/");
                        assert_eq!(response.status(), 200);
                        served.fetch_add(1, Ordering::Relaxed);
                        if response.field("Connection") == Some("close") {
                            break;
                        }
                    }
                }
            })
        });
        let clients = clients.collect();
        Self { is_over, served, clients }
    }

    /// Waits until more requests were served.
    fn go_on(&self) {
        let before = self.served.load(Ordering::Relaxed);
        wait_until("more requests are served", || {
            self.served.load(Ordering::Relaxed) >= before + 100
        });
    }

    fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        let failed = self.clients.into_iter().filter_map(|client| client.join().err()).count();
        assert_eq!(failed, 0, "clients without a response");
    }
}

fn restarts() -> usize {
    std::env::var("RESTARTS").ok().and_then(|number| number.parse().ok()).unwrap_or(2)
}

/// `SO_REUSEPORT`: both processes listen, then the first one stops.
#[test]
fn no_request_fails_when_another_process_listens_on_the_same_port() {
    let environment = [("TREMOLO_DRAIN_GRACE", "1s"), ("TREMOLO_WORKER_NUM", "2")];
    let mut program = launch(&environment);
    let address = program.address().to_owned();
    let load = Load::begin(&address);
    for _ in 0..restarts() {
        load.go_on();
        let at = address.trim_start_matches("http://");
        let next = Program::launch_example_at(PROGRAM.0, PROGRAM.1, at, &environment);
        load.go_on();
        let before = std::mem::replace(&mut program, next);
        before.stop();
        let (status, log) = before.wait();
        assert!(status.success(), "{log}");
    }
    load.go_on();
    load.end();
}

/// The process that took over. Dropping this kills it.
struct Successor(String);

impl Successor {
    /// The process that answers at an address, which is not `before`.
    fn at(address: &str, before: &str) -> Self {
        let mut number = String::new();
        wait_until("the next process answers", || {
            number = Client::connect(address).ask("/").text().to_owned();
            number != before
        });
        Self(number)
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill").args(["-s", name, &self.0]).status();
        assert!(kill.is_ok_and(|status| status.success()), "kill -s {name} {}", self.0);
    }

    fn has_ended(&self) -> bool {
        // Its parent has ended, so that nothing may read its status: then it is a zombie.
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.0));
        status.map_or(true, |status| status.contains(") Z "))
    }
}

impl Drop for Successor {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-s", "KILL", &self.0]).status();
    }
}

fn no_request_fails_with(at: &str, variables: &[(&str, &str)]) {
    let environment = [&[("TREMOLO_DRAIN_GRACE", "1s")], variables].concat();
    let mut program = Program::launch_example_at(PROGRAM.0, PROGRAM.1, at, &environment);
    let address = program.address().to_owned();
    let load = Load::begin(&address);
    load.go_on();
    let first = program.id();
    program.signal("USR2");
    assert!(program.wait_for_exit().success());
    let mut current = Successor::at(&address, &first);
    for _ in 1..restarts() {
        load.go_on();
        current.signal("USR2");
        wait_until("the process has ended", || current.has_ended());
        current = Successor::at(&address, &current.0);
    }
    load.go_on();
    load.end();
    current.signal("TERM");
    wait_until("the last process has ended", || current.has_ended());
    assert!(Client::try_connect(&address).is_err());
}

/// SIGUSR2: the process starts the next one with its sockets. Without `SO_REUSEPORT` no other process
/// could listen.
#[test]
fn no_request_fails_when_the_sockets_are_handed_over() {
    no_request_fails_with(ANY_PORT, &[("TREMOLO_REUSE_PORT", "false")]);
}

#[test]
fn no_request_fails_when_several_workers_hand_over_their_sockets() {
    no_request_fails_with(ANY_PORT, &[("TREMOLO_WORKER_NUM", "2")]);
}

/// The file of the socket is that of the next process.
#[test]
fn no_request_fails_when_a_unix_socket_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    no_request_fails_with(path.to_str().unwrap(), &[]);
    assert!(!path.exists());
}

/// The next process cannot start: the first one serves on.
#[test]
fn a_next_process_that_fails_changes_nothing() {
    let log = log_with_next_process("", "0");
    assert!(log.contains("the next process has ended before it served"), "{log}");
}

#[test]
fn a_next_process_that_does_not_serve_in_time_is_killed_and_changes_nothing() {
    let log = log_with_next_process("hang", "200ms");
    assert!(log.contains("the next process ") && log.contains("start_timeout"), "{log}");
    assert!(log.contains("is killed") && !log.contains("has ended"), "{log}");
}

/// The log of a process whose next process does not serve.
fn log_with_next_process(fault: &str, start_timeout: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-start");
    let program = launch(&[
        ("TEST_NO_START", file.to_str().unwrap()),
        ("TREMOLO_START_TIMEOUT", start_timeout),
    ]);
    let mut client = program.connect();
    assert_eq!(client.ask("/").text(), program.id());
    std::fs::write(&file, fault).unwrap();
    program.signal("USR2");
    wait_until("the next process was started", || !file.exists());
    let children = format!("/proc/{0}/task/{0}/children", program.id());
    wait_until("its end was noticed", || std::fs::read_to_string(&children).unwrap().is_empty());
    assert_eq!(client.ask("/").text(), program.id());
    assert_eq!(program.connect().ask("/").text(), program.id());
    drop(client);
    program.stop_and_read_log()
}

const ANY_PORT: &str = "127.0.0.1:0";
