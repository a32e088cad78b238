//! Files over sockets, for every front (`docs/differences.md`, Files): ranges and conditions, files
//! that change, a folder, and clients that resume. The engine tests the rules; these tests check
//! that a front applies them and sends the right bytes.

mod changes;
mod clients;
mod conditions;
mod folder;
mod ranges;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tremolo_tests::{Client, Message, Program, Response};

/// The example with `/file`, `/slice`, `/limited` and `/static/`, and the file that it sends.
struct Served {
    program: Program,
    folder: Folder,
}

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Served {
    fn new(content: &[u8]) -> Self {
        Self::with(|path| fs::write(path, content).unwrap())
    }

    fn with(make: impl FnOnce(&Path)) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tremolo-files-{}-{number}", std::process::id());
        let folder = Folder(std::env::temp_dir().join(name));
        fs::create_dir(&folder.0).unwrap();
        let file = folder.0.join("file.bin");
        make(&file);
        let public = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/files/public");
        let program = Program::launch_example_with(
            env!("CARGO_BIN_EXE_files"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/files.py"),
            &[file.as_os_str(), public.as_ref()],
        );
        Self { program, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.0.join("file.bin")
    }

    /// The response to `GET /file` with these fields.
    fn ask(&self, fields: &[&str]) -> Response {
        self.program.connect().exchange(&Message::new("GET /file").fields(fields))
    }

    /// The head of a response without content.
    fn head_of(&self, line: &str, fields: &[&str]) -> (String, usize) {
        let mut client = self.program.connect();
        client.send(Message::new(line).fields(fields).closing().bytes());
        let answer = client.read_to_end();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer.len() - end)
    }
}

/// Bytes that encode their position.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// A sparse file of this length: all bytes are zero except those written.
fn sparse(path: &Path, length: u64) -> File {
    let file = File::create(path).unwrap();
    file.set_len(length).unwrap();
    file
}

/// Reads a head, and nothing after it.
fn read_head(client: &mut Client) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let byte = client.read_exactly(1);
        assert_eq!(byte.len(), 1, "{}", String::from_utf8_lossy(&head));
        head.extend(byte);
    }
    String::from_utf8(head).unwrap()
}

#[track_caller]
fn assert_persists(client: &mut Client) {
    let response = client.exchange(&Message::new("GET /file").fields(&["Range: bytes=0-0"]));
    assert_eq!(response.status(), 206);
}
