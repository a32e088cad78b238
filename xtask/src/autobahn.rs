//! `cargo xtask autobahn`: the cases of the Autobahn test suite against the example
//! `websocket_echo` of both fronts.
//!
//! `kosoku` drives the cases. It is installed from PyPI into `target/autobahn/venv`. The two servers
//! are release builds, because some cases send many MiB; the test that starts them and reads the
//! results is the one of `cargo xtask test`, because a release build of its package would be one of
//! all examples. `--debug` also takes the servers that `cargo xtask test` has made, of the front that
//! `TEST_PYTHON` names, or of the Rust front.

use crate::Outcome;
use crate::bench;
use crate::runner::{self, Step, execute};
use crate::venv;

const FOLDER: &str = "target/autobahn/venv";

/// Its version is part of the stamp of the environment.
const KOSOKU: &str = "kosoku==0.1.0";

const FILL: &[Step] = &[Step {
    name: "kosoku",
    command: "target/autobahn/venv/bin/python -m pip install --quiet \
              --disable-pip-version-check kosoku==0.1.0",
}];

const TESTS: &str = "cargo test -p tremolo-tests --test autobahn -- --ignored";

const BUILD_RUST: &[Step] = &[Step {
    name: "websocket_echo",
    command: "cargo build --release -p tremolo-tests --bin websocket_echo",
}];

/// The servers, for the test, which runs in the folder of its package.
const RELEASE_RUST: &str = "AUTOBAHN_PROGRAM=../target/release/websocket_echo";
const RELEASE_PYTHON: &str = "TEST_PYTHON=../target/bench/python/ours/bin/python";

/// All cases, or those that `arguments` name.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (options, cases): (Vec<_>, Vec<_>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with('-'));
    let debug = match options[..] {
        [] => false,
        ["--debug"] => true,
        _ => return Err(format!("not understood: {}", options.join(" "))),
    };
    venv::make(FOLDER, "python3", KOSOKU, || runner::run(FILL))?;
    if debug {
        return run_tests("", &cases);
    }
    runner::run(BUILD_RUST)?;
    run_tests(RELEASE_RUST, &cases)?;
    bench::install_ours()?;
    run_tests(RELEASE_PYTHON, &cases)
}

/// `server` is an assignment for the environment, or nothing.
fn run_tests(server: &str, cases: &[&str]) -> Outcome {
    let line = test_line(server, cases);
    println!("==> autobahn: {line}");
    execute(&line)
}

fn test_line(server: &str, cases: &[&str]) -> String {
    let cases = (!cases.is_empty()).then(|| format!("AUTOBAHN_CASES={}", cases.join(",")));
    let server = (!server.is_empty()).then_some(server);
    let words: Vec<_> = server.into_iter().chain(cases.as_deref()).chain([TESTS]).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_server_and_the_cases() {
        assert_eq!(test_line("", &[]), TESTS);
        let line = test_line("A=b", &["1.*", "7.*"]);
        assert_eq!(line, format!("A=b AUTOBAHN_CASES=1.*,7.* {TESTS}"));
    }

    #[test]
    fn the_stamp_and_the_command_name_the_same_version() {
        assert!(FILL[0].command.ends_with(KOSOKU));
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(run(&["--fast".to_owned()]).is_err());
    }
}
