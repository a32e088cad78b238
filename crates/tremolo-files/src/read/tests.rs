//! Reading and sending: all calls yield the same bytes, and the end of the file.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::thread;

use super::*;

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at % 251) as u8).collect()
}

/// An open file of that length, on the disk if the temporary folder is on one.
fn file_of(len: usize) -> (tempfile::NamedTempFile, OpenFile) {
    let mut named = tempfile::NamedTempFile::new().unwrap();
    named.write_all(&pattern(len)).unwrap();
    named.as_file().sync_all().unwrap();
    let open = OpenFile::open(named.path()).unwrap();
    (named, open)
}

fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (near, listener.accept().unwrap().0)
}

#[test]
fn all_ways_of_reading_return_the_same_bytes() {
    let (_named, file) = file_of(100_000);
    file.warm(0, file.len()).unwrap();
    for (offset, room) in
        [(0, 1), (0, 100_000), (4095, 2), (99_999, 10), (100_000, 10), (1 << 40, 1)]
    {
        let start = usize::try_from(offset).unwrap().min(100_000);
        let expected = &pattern(100_000)[start..(start + room).min(100_000)];
        let mut buffer = vec![0; room];
        let count = file.read_at(offset, &mut buffer).unwrap();
        assert_eq!(&buffer[..count], expected, "{offset}");
        let mut buffer = vec![0; room];
        let count = file.read_now(offset, &mut buffer).unwrap().unwrap();
        // A read may return fewer bytes than requested.
        assert_eq!(&buffer[..count], &expected[..count], "{offset}");
        assert_eq!(count == 0, expected.is_empty(), "{offset}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn bytes_that_are_not_cached_are_detected_and_can_be_warmed() {
    use rustix::fs::{Advice, fadvise};

    let len = 8 << 20;
    let (_named, file) = file_of(len);
    let len = len as u64;
    assert!(file.is_cached(0, 0) && file.is_cached(u64::MAX, u64::MAX));
    // Clean pages leave the cache if the file is on a disk; tmpfs keeps them.
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    let is_cold = !file.is_cached(0, len);
    if is_cold {
        fadvise(&file, 0, None, Advice::DontNeed).unwrap();
        assert_eq!(file.read_now(len / 2, &mut [0; 64]).unwrap(), None);
    }
    file.warm(0, len).unwrap();
    assert!(file.is_cached(0, len));
    // After the end of the file there is nothing to read.
    file.warm(len, 1000).unwrap();
    file.warm(u64::MAX, u64::MAX).unwrap();
}

#[test]
fn sends_exactly_the_window_and_reports_a_full_socket() {
    let (_named, file) = file_of(8 << 20);
    let (near, mut far) = connected();
    near.set_nonblocking(true).unwrap();
    let (mut at, end) = (1000, file.len() - 1);
    while at < end {
        match file.send_to(near.as_fd(), &mut Cork::default(), at, end - at) {
            Ok(count) => at += count as u64,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                break;
            }
        }
    }
    assert!(at > 1000 && at < end, "no socket takes 8 MiB that nobody reads");
    near.set_nonblocking(false).unwrap();
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        far.read_to_end(&mut all).unwrap();
        all
    });
    while at < end {
        at += file.send_to(near.as_fd(), &mut Cork::default(), at, end - at).unwrap() as u64;
    }
    drop(near);
    assert!(reader.join().unwrap() == pattern(8 << 20)[1000..(8 << 20) - 1]);
}

#[test]
fn copying_sends_the_same_as_sendfile() {
    let (_named, file) = file_of(50_000);
    let (near, mut far) = connected();
    let mut at = 7;
    while at < 49_999 {
        let count = file.copy_to(near.as_fd(), at as u64, 49_999 - at).unwrap();
        assert!((1..=COPY).contains(&count));
        at += count;
    }
    assert_eq!(file.copy_to(near.as_fd(), 50_000, 10).unwrap(), 0);
    assert_eq!(file.copy_to(near.as_fd(), 0, 0).unwrap(), 0);
    drop(near);
    let mut all = Vec::new();
    far.read_to_end(&mut all).unwrap();
    assert!(all == pattern(50_000)[7..49_999]);
}

#[test]
fn a_shortened_file_returns_nothing_after_its_end() {
    let (named, file) = file_of(10_000);
    File::options().write(true).open(named.path()).unwrap().set_len(100).unwrap();
    let (near, _far) = connected();
    assert_eq!(file.len(), 10_000);
    assert_eq!(file.send_to(near.as_fd(), &mut Cork::default(), 0, 10_000).unwrap(), 100);
    assert_eq!(file.send_to(near.as_fd(), &mut Cork::default(), 100, 9900).unwrap(), 0);
    assert_eq!(file.read_now(100, &mut [0; 10]).unwrap(), Some(0));
    assert_eq!(file.read_at(100, &mut [0; 10]).unwrap(), 0);
    // The name may be removed; the file stays open.
    fs::remove_file(named.path()).unwrap();
    assert_eq!(file.send_to(near.as_fd(), &mut Cork::default(), 0, 1).unwrap(), 1);
}

#[test]
fn a_closed_peer_is_an_error_without_a_signal() {
    let (_named, file) = file_of(1 << 20);
    let (near, far) = connected();
    drop(far);
    let error = loop {
        match file.send_to(near.as_fd(), &mut Cork::default(), 0, 1 << 20) {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let kinds = [io::ErrorKind::BrokenPipe, io::ErrorKind::ConnectionReset];
    assert!(kinds.contains(&error.kind()), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn packets_are_delayed_between_the_calls_of_one_file_only() {
    use rustix::net::sockopt::tcp_cork;

    let len = WINDOW as usize * 2 + 1;
    let (_named, file) = file_of(len);
    let (near, mut far) = connected();
    let reading = thread::spawn(move || {
        let mut bytes = vec![0; len];
        far.read_exact(&mut bytes).unwrap();
        bytes
    });
    let (mut cork, mut at) = (Cork::default(), 0);
    while at < len as u64 {
        at += file.send_to(near.as_fd(), &mut cork, at, len as u64 - at).unwrap() as u64;
        assert_eq!(tcp_cork(&near).unwrap(), at < len as u64);
    }
    assert!(reading.join().unwrap() == pattern(len));
}

#[test]
fn a_file_that_is_sent_with_one_call_is_not_delayed() {
    let (_named, file) = file_of(1_000);
    let (near, _far) = connected();
    let mut cork = Cork::default();
    assert_eq!(file.send_to(near.as_fd(), &mut cork, 0, 1_000).unwrap(), 1_000);
    assert!(format!("{cork:?}").contains("false"));
}
