//! Python's `requests`.

use std::process::Command;

use crate::{Files, MIB, numbered, request_object};

#[test]
fn requests_gets_ranges_and_sends_files() {
    let files = Files::new("file.bin", &numbered(3 * MIB));
    let request_object = request_object();
    let file = files.folder.path().join("file.bin");
    let output =
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/clients/venv/bin/python"))
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/with_requests.py"))
            .args([files.program.address(), request_object.address()])
            .arg(file)
            .output()
            .expect("`cargo xtask clients` makes the environment");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
