//! The cases of the Autobahn test suite against the example `websocket_echo`.
//!
//! Run by `cargo xtask autobahn`, which installs `kosoku`, the program that drives the cases.
//! `AUTOBAHN_CASES` names the cases, separated by commas: `1.*,7.*`. Without it, all are run.
//! `AUTOBAHN_PROGRAM` is the server of the Rust front, if it is not the one that was built with this
//! test.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde::Deserialize;
use tempfile::TempDir;
use tremolo_tests::Program;

/// The result of one case, as `index.json` has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CaseResult {
    behavior: String,
    behavior_close: String,
}

impl CaseResult {
    /// `NON-STRICT` is not enough. A case that only reports something is `INFORMATIONAL`.
    fn passed(&self) -> bool {
        [&self.behavior, &self.behavior_close]
            .iter()
            .all(|behavior| ["OK", "INFORMATIONAL"].contains(&behavior.as_str()))
    }
}

#[test]
#[ignore = "`cargo xtask autobahn` installs the program that drives the cases"]
fn all_cases_pass_strictly() {
    let built = env!("CARGO_BIN_EXE_websocket_echo");
    let program = Program::launch_example(
        &env::var("AUTOBAHN_PROGRAM").unwrap_or_else(|_| built.to_owned()),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/websocket_echo.py"),
    );
    let cases = env::var("AUTOBAHN_CASES").unwrap_or_else(|_| "*".to_owned());
    let folder = TempDir::new().unwrap();
    let results = run_cases(program.address(), &cases, folder.path());
    assert!(!results.is_empty(), "no case is named {cases}");
    let failed: Vec<_> = results.iter().filter(|(_, result)| !result.passed()).collect();
    assert!(failed.is_empty(), "{} of {}: {failed:#?}", failed.len(), results.len());
}

fn run_cases(address: &str, cases: &str, folder: &Path) -> BTreeMap<String, CaseResult> {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/autobahn/venv/bin/python");
    let mut command = Command::new(python);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/autobahn/with_kosoku.py"));
    command.args(["-p", "4", "-o"]).arg(folder);
    for case in cases.split(',') {
        command.args(["-i", case]);
    }
    let address = address.strip_prefix("http://").unwrap();
    let output =
        command.arg(address).output().expect("`cargo xtask autobahn` makes the environment");
    // It also fails if a case fails; the index has the results.
    let index = fs::read(folder.join("index.json")).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    });
    // One server was tested: the index has one entry, under the name that the server gives itself.
    let servers: BTreeMap<String, BTreeMap<String, CaseResult>> =
        serde_json::from_slice(&index).unwrap();
    servers.into_values().next().unwrap_or_default()
}
