//! The examples, used by common programs: download tools, Python's `requests`, nginx as a proxy, a
//! browser. Run by `cargo xtask clients`, which installs the programs.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod chromium;
mod deploy;
mod downloads;
mod events;
mod nginx;
mod pages;
mod redis;
mod requests;
mod tls;
mod websocket;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tremolo_tests::Program;

/// The example with `/file`, which sends `content` with a date one day old, `/static/`, and a page.
struct Files {
    program: Program,
    folder: TempDir,
}

impl Files {
    fn new(name: &str, content: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join(name);
        fs::write(&file, content).unwrap();
        // A date is a strong validator only when it is old enough (RFC 9110 section 8.8.2.2).
        let yesterday = SystemTime::now() - Duration::from_secs(86_400);
        File::options().write(true).open(&file).unwrap().set_modified(yesterday).unwrap();
        let program = Program::launch_example_with(
            env!("CARGO_BIN_EXE_files"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/files.py"),
            &[file.as_os_str(), OsStr::new(PUBLIC)],
        );
        Self { program, folder }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.program.address())
    }

    /// A partial download: a file with its first bytes.
    fn begun(&self, content: &[u8]) -> PathBuf {
        let path = self.folder.path().join("got");
        fs::write(&path, content).unwrap();
        path
    }
}

fn request_object() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_request_object"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/request_object.py"),
    )
}

fn response_object() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_response_object"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/response_object.py"),
    )
}

/// Bytes that encode their position, every four.
fn numbered(length: usize) -> Vec<u8> {
    let numbers = 0..u32::try_from(length.div_ceil(4)).unwrap();
    let mut bytes: Vec<u8> = numbers.flat_map(u32::to_be_bytes).collect();
    bytes.truncate(length);
    bytes
}

/// Compares without printing megabytes.
#[track_caller]
fn assert_same(got: &[u8], wanted: &[u8]) {
    let differs = got.iter().zip(wanted).position(|(a, b)| a != b);
    assert_eq!((got.len(), differs), (wanted.len(), None), "length, and the first other byte");
}

#[track_caller]
fn assert_holds(file: &Path, wanted: &[u8]) {
    assert_same(&fs::read(file).unwrap(), wanted);
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/files/public");
const MIB: usize = 1 << 20;
