//! Files that are not there, and files that change while they are sent: what was announced is what
//! is sent, or the client can tell.

use std::fs::{self, File};

use tremolo_tests::Client;

use super::{Served, pattern, read_head, sparse};

#[test]
fn what_is_no_file_is_404_and_tells_no_path() {
    let served = Served::new(b"");
    fs::remove_file(served.file()).unwrap();
    let missing = served.ask(&[]);
    fs::create_dir(served.file()).unwrap();
    let folder = served.ask(&[]);
    fs::remove_dir(served.file()).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(served.file()).status().unwrap();
    assert!(fifo.success());
    // Nobody writes into it: who opens it the wrong way waits for ever.
    let fifo = served.ask(&[]);
    for response in [missing, folder, fifo] {
        assert_eq!(response.status(), 404);
        assert!(!response.text().contains("tremolo-files"), "{}", response.text());
    }
}

/// More than any socket takes at once, so that most of it is sent after the change.
const LENGTH: u64 = 64 << 20;

/// A client that has seen the head, while the server waits for it to take the rest.
fn in_the_middle() -> (Served, Client) {
    let served = Served::with(|path| drop(sparse(path, LENGTH)));
    let mut client = served.program.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(read_head(&mut client).contains("Content-Length: 67108864\r\n"));
    (served, client)
}

#[test]
fn a_file_that_is_replaced_keeps_its_old_content_to_the_end() {
    let (served, mut client) = in_the_middle();
    let other = served.folder.0.join("other");
    fs::write(&other, pattern(10)).unwrap();
    fs::rename(other, served.file()).unwrap();
    let body = client.read_to_end();
    assert!(body.len() as u64 == LENGTH && body.iter().all(|byte| *byte == 0));
    assert_eq!(served.ask(&[]).body, pattern(10));
}

#[test]
fn a_file_that_grows_is_sent_as_long_as_it_was() {
    let (served, mut client) = in_the_middle();
    let file = File::options().write(true).open(served.file()).unwrap();
    file.set_len(LENGTH + 5_000).unwrap();
    assert_eq!(client.read_to_end().len() as u64, LENGTH);
}

#[test]
fn a_file_that_shrinks_cuts_the_connection_and_is_in_the_log() {
    let (served, mut client) = in_the_middle();
    File::options().write(true).open(served.file()).unwrap().set_len(100).unwrap();
    assert!((client.read_until_cut().len() as u64) < LENGTH);
    assert_eq!(served.ask(&[]).body.len(), 100);
    served.program.stop();
    let (_, log) = served.program.wait();
    assert!(log.contains("a file could not be sent to its end"), "{log}");
}
