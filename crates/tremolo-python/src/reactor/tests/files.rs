//! Sending files: to slow and fast readers, from the disk, and cut if they shrink.

use std::fs::File;
use std::io::{Read, Write};
use std::thread::{self, JoinHandle};

use rustix::fs::{Advice, fadvise};
use tempfile::NamedTempFile;
use tremolo_core::CloseReason;
use tremolo_files::{OpenFile, ServedFile};

use super::*;

/// A file on the disk, if the temporary folder is on one.
fn file_of(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file.as_file().sync_all().unwrap();
    file
}

fn pattern() -> Vec<u8> {
    let mut bytes = (0..251).collect::<Vec<u8>>().repeat(LENGTH / 251 + 1);
    bytes.truncate(LENGTH);
    bytes
}

/// Responds with a file, as a handler does.
fn send(host: &mut Host, id: ConnectionId, file: &NamedTempFile) {
    let served = ServedFile::new(OpenFile::open(file.path()).unwrap(), 0, None);
    let now = host.now;
    assert!(served.send(&mut host.exchange(id), &now).unwrap().is_none());
    host.done(id);
    host.drain();
}

/// Reads the response to its end, or until it is cut.
fn read(mut client: Client) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut answer = Vec::new();
        let _ = client.stream.read_to_end(&mut answer);
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        answer.split_off(head)
    })
}

fn ask(host: &mut Host) -> (Client, ConnectionId) {
    let mut client = host.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let id = host.expect_request();
    (client, id)
}

#[test]
fn a_file_leaves_as_fast_as_it_is_read_and_keeps_nobody_busy() {
    let (mut host, file) = (Host::new(), file_of(&pattern()));
    let (client, id) = ask(&mut host);
    send(&mut host, id, &file);
    while host.reactor.has_more() {
        host.turn();
    }
    assert!(host.reactor.peek(id).is_some(), "no socket takes 8 MiB that nobody reads");
    let reader = read(client);
    host.expect(|event| matches!(event, Event::Closed(CloseReason::Finished)));
    assert!(reader.join().unwrap() == pattern());
}

#[test]
fn a_file_that_is_not_in_memory_is_fetched_before_it_is_sent() {
    let (mut host, file) = (Host::new(), file_of(&pattern()));
    let (client, id) = ask(&mut host);
    // A disk's clean pages leave the cache; tmpfs keeps them.
    fadvise(file.as_file(), 0, None, Advice::DontNeed).unwrap();
    let cold = !OpenFile::open(file.path()).unwrap().is_cached(0, LENGTH as u64);
    send(&mut host, id, &file);
    if cold {
        assert!(!host.reactor.has_more(), "there is nothing to be done meanwhile");
        // The client does not read: no event would come if the socket blocked.
        assert!(is_readable(&host.reactor, WAIT_LIMIT), "nothing was fetched");
    }
    let reader = read(client);
    host.expect(|event| matches!(event, Event::Closed(CloseReason::Finished)));
    assert!(reader.join().unwrap() == pattern());
}

#[test]
fn a_file_that_shrinks_cuts_the_connection_and_the_host_is_told() {
    let (mut host, file) = (Host::new(), file_of(&pattern()));
    let (client, id) = ask(&mut host);
    send(&mut host, id, &file);
    File::options().write(true).open(file.path()).unwrap().set_len(100).unwrap();
    let reader = read(client);
    host.expect(|event| matches!(event, Event::Closed(CloseReason::FileFailed)));
    // Bytes in the socket's buffer may be zeros now: their pages were those of the file.
    assert!(reader.join().unwrap().len() < LENGTH);
    assert!(host.reactor.is_empty());
}

#[test]
fn who_goes_in_the_middle_of_a_file_is_forgotten() {
    let (mut host, file) = (Host::new(), file_of(&pattern()));
    fadvise(file.as_file(), 0, None, Advice::DontNeed).unwrap();
    let (client, id) = ask(&mut host);
    send(&mut host, id, &file);
    drop(client);
    host.expect(|event| matches!(event, Event::Closed(_)));
    // A part that is fetched after the end of its connection is ignored.
    host.turn_until(|host| host.reactor.is_empty());
    host.connect_idle();
}

/// More than any socket accepts at once.
const LENGTH: usize = 8 << 20;
