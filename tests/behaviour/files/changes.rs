//! Missing files, and files that change while they are sent: the response is what its head
//! declares, or the client can detect the cut.

use std::fs::{self, File};

use tremolo_tests::Client;

use super::{Served, pattern, read_head, sparse};

#[test]
fn what_is_not_a_file_is_404_without_its_path() {
    let served = Served::new(b"");
    fs::remove_file(served.file()).unwrap();
    let missing = served.ask(&[]);
    fs::create_dir(served.file()).unwrap();
    let folder = served.ask(&[]);
    fs::remove_dir(served.file()).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(served.file()).status().unwrap();
    assert!(fifo.success());
    // No process writes into the FIFO: opening it without `O_NONBLOCK` would block.
    let fifo = served.ask(&[]);
    for response in [missing, folder, fifo] {
        assert_eq!(response.status(), 404);
        assert!(!response.text().contains("tremolo-files"), "{}", response.text());
    }
}

/// More than a socket takes at once, so most of it is sent after the change.
const LENGTH: u64 = 64 << 20;

/// A client that has the head, while the server waits until the client reads the rest.
fn paused_download() -> (Served, Client) {
    let served = Served::with(|path| drop(sparse(path, LENGTH)));
    let mut client = served.program.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(read_head(&mut client).contains("Content-Length: 67108864\r\n"));
    (served, client)
}

#[test]
fn a_replaced_file_is_sent_with_its_old_content() {
    let (served, mut client) = paused_download();
    let other = served.folder.0.join("other");
    fs::write(&other, pattern(10)).unwrap();
    fs::rename(other, served.file()).unwrap();
    let body = client.read_to_end();
    assert!(body.len() as u64 == LENGTH && body.iter().all(|byte| *byte == 0));
    assert_eq!(served.ask(&[]).body, pattern(10));
}

#[test]
fn a_growing_file_is_sent_with_its_declared_length() {
    let (served, mut client) = paused_download();
    let file = File::options().write(true).open(served.file()).unwrap();
    file.set_len(LENGTH + 5_000).unwrap();
    assert_eq!(client.read_to_end().len() as u64, LENGTH);
}

/// Its new end was sent already, or comes after the socket was full many times.
#[test]
fn a_shrinking_file_cuts_the_connection_and_is_logged() {
    for length in [100, LENGTH / 2 + 12_345] {
        let (served, mut client) = paused_download();
        File::options().write(true).open(served.file()).unwrap().set_len(length).unwrap();
        assert!((client.read_until_cut().len() as u64) < LENGTH);
        let now = served.ask(&["Range: bytes=50-59"]).body;
        assert_eq!(now.len(), 10);
        served.program.stop();
        let (_, log) = served.program.wait();
        assert!(log.contains("a file could not be sent to its end"), "{log}");
    }
}
