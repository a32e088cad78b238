//! Uploads from forms.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use tremolo_tests::{MULTIPART, Message, Program, TIMEOUT, multipart, wait_until};

use crate::{ask, same};

const LIMIT: usize = 300 << 20;
/// Several times the memory that a program may take, and little for a slow disk.
const LARGE: usize = 128 << 20;

/// Both programs, each with a folder of its own.
fn pair() -> [(Program, TempDir); 2] {
    [env!("CARGO_BIN_EXE_upload_tremolo"), env!("CARGO_BIN_EXE_upload_axum")].map(|program| {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::launch_with(program, &[folder.path().as_os_str()]);
        (program, folder)
    })
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What is before the data of a file, and what is behind it.
fn around_file() -> (Vec<u8>, Vec<u8>) {
    let form = multipart(&[("file", Some("film.mp4"), b"DATA")]);
    let at = form.windows(4).position(|window| window == b"DATA").unwrap();
    (form[..at].to_vec(), form[at + 4..].to_vec())
}

/// The head of an upload whose body has this length.
fn head(id: u32, length: usize) -> String {
    let message = Message::post(&format!("/uploads/{id}")).content_type(MULTIPART);
    message.field(&format!("Content-Length: {length}")).head()
}

#[test]
fn a_file_is_stored_under_its_number() {
    let seen = same(pair().map(|(program, folder)| {
        let form =
            [("note", None, &b"ignored"[..]), ("file", Some("../film.mp4"), &b"content"[..])];
        let form = Message::post("/uploads/7").content_type(MULTIPART).body(multipart(&form));
        let other = multipart(&[("other", None, b"no file")]);
        let other = Message::post("/uploads/8").content_type(MULTIPART).body(other);
        let statuses = [form, other, Message::post("/uploads/..%2fx").body("")]
            .map(|one| ask(&program, &one).status());
        assert_eq!(fs::read(folder.path().join("7")).unwrap(), b"content");
        (statuses, names(folder.path()))
    }));
    assert_eq!(seen, ([201, 400, 400], vec!["7".to_owned()]));
}

#[test]
fn the_progress_of_an_upload_is_shown_and_nothing_is_left_of_one_that_is_given_up() {
    for (program, folder) in pair() {
        let (before, after) = around_file();
        let length = before.len() + 1_000_000 + after.len();
        let mut client = program.connect();
        client.send(head(1, length));
        client.send(&before);
        client.send(vec![b'x'; 500_000]);
        let mut progress = Value::Null;
        wait_until("half of it has arrived", || {
            let answer = program.connect().ask("/uploads/1");
            progress = serde_json::from_slice(&answer.body).unwrap_or_default();
            // The last bytes may be the beginning of a boundary.
            progress["received"].as_u64().is_some_and(|received| received > 499_000)
        });
        assert_eq!(progress["total"], json!(length));
        let second = Message::post("/uploads/1").content_type(MULTIPART).body(multipart(&[]));
        assert_eq!(ask(&program, &second).status(), 409);
        assert_eq!(names(folder.path()).len(), 1);
        drop(client);
        wait_until("the upload is given up", || {
            program.connect().ask("/uploads/1").status() == 404
        });
        wait_until("its file is deleted", || names(folder.path()).is_empty());
    }
}

#[test]
fn a_large_body_takes_no_memory_and_one_above_300_mib_is_refused() {
    let piece = vec![b'x'; 1 << 20];
    for (program, folder) in pair() {
        let (before, after) = around_file();
        // A busy disk may hold the last pieces for long.
        let mut client = program.connect().with_timeout(TIMEOUT * 12);
        client.send(head(1, LARGE));
        client.send(&before);
        let size = LARGE - before.len() - after.len();
        for _ in 0..size >> 20 {
            client.send(&piece);
        }
        client.send(&piece[..size % (1 << 20)]);
        client.send(&after);
        let answer = client.read_response();
        if answer.status() != 201 {
            panic!("{answer:?} {}", program.stop_and_read_log());
        }
        let stored = fs::metadata(folder.path().join("1")).unwrap();
        assert_eq!(stored.len(), size as u64);
        assert!(program.peak_memory() < 64 << 20, "{} bytes", program.peak_memory());
        // It is refused before it is sent.
        let mut client = program.connect();
        client.send(head(2, LIMIT + 1));
        assert_eq!(client.read_response().status(), 413);
        assert_eq!(names(folder.path()), ["1"]);
    }
}
