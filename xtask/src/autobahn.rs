//! `cargo xtask autobahn`: the cases of the Autobahn test suite against the example
//! `websocket_echo` of both fronts.
//!
//! `kosoku` drives the cases. It is installed from PyPI into `target/autobahn/venv`. The programs
//! are release builds, because some cases send many MiB; `--debug` takes the builds that
//! `cargo xtask test` has made, of the front that `TEST_PYTHON` names, or of the Rust front.

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

const TESTS: &str = "-p tremolo-tests --test autobahn -- --ignored";

/// Tests run in the folder of their package.
const RELEASE_PYTHON: &str = "../target/bench/python/ours/bin/python";

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
    run_tests("--release", &cases)?;
    bench::install_ours()?;
    run_tests(&format!("TEST_PYTHON={RELEASE_PYTHON} --release"), &cases)
}

/// `build` has assignments for the environment and the profile.
fn run_tests(build: &str, cases: &[&str]) -> Outcome {
    let line = test_line(build, cases);
    println!("==> autobahn: {line}");
    execute(&line).map_err(|fault| format!("{fault}; to repeat it: {line}"))
}

fn test_line(build: &str, cases: &[&str]) -> String {
    let (assignments, profile): (Vec<_>, Vec<_>) =
        build.split_whitespace().partition(|word| word.contains('='));
    let cases = (!cases.is_empty()).then(|| format!("AUTOBAHN_CASES={}", cases.join(",")));
    let mut words: Vec<_> = assignments.into_iter().chain(cases.as_deref()).collect();
    words.extend(["cargo", "test"]);
    words.extend(profile);
    words.push(TESTS);
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_front_the_profile_and_the_cases() {
        assert_eq!(test_line("", &[]), format!("cargo test {TESTS}"));
        assert_eq!(
            test_line("A=b --release", &["1.*", "7.*"]),
            format!("A=b AUTOBAHN_CASES=1.*,7.* cargo test --release {TESTS}")
        );
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
