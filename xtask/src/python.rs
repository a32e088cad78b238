//! `cargo xtask python`: the checks of the Python front, in a virtual environment of its own.
//!
//! The environment is kept under `target/python/venv` and made anew when the interpreter or the
//! list of tools changes. The extension is built into it in cargo's own target directory, so what
//! `cargo test` has compiled is not compiled again; Python files are taken from where they lie.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::runner::{self, Step};

/// What the environment was made from: written last, so that half an environment is never taken.
const STAMP: &str = "target/python/venv/made-from";
const TOOLS: &str = "crates/tremolo-python/requirements-dev.txt";

/// Says which interpreter this is; the exit code says whether it is new enough.
const PROBE: &str =
    "import sys; print(sys.base_prefix, sys.version); sys.exit(sys.version_info < (3, 11))";

const FILL: &[Step] = &[Step {
    name: "tools",
    command: "target/python/venv/bin/python -m pip install --quiet --disable-pip-version-check \
              -r crates/tremolo-python/requirements-dev.txt",
}];

const CHECKS: &[Step] = &[
    Step {
        name: "ruff",
        command: "target/python/venv/bin/ruff check --config crates/tremolo-python/pyproject.toml \
                  crates/tremolo-python examples",
    },
    Step {
        name: "Python format",
        command: "target/python/venv/bin/ruff format --check \
                  --config crates/tremolo-python/pyproject.toml crates/tremolo-python examples",
    },
    // Without the feature the bindings are not compiled: the steps for the workspace miss them.
    Step {
        name: "clippy of the bindings",
        command: "cargo clippy -p tremolo-python --features python --all-targets -- -D warnings",
    },
    Step {
        name: "docs of the bindings",
        command: "RUSTDOCFLAGS=-Dwarnings cargo doc -p tremolo-python --features python \
                  --no-deps --document-private-items",
    },
    Step {
        name: "extension",
        command: "VIRTUAL_ENV=target/python/venv target/python/venv/bin/maturin develop --quiet \
                  --manifest-path crates/tremolo-python/Cargo.toml",
    },
    Step {
        name: "types",
        command: "target/python/venv/bin/mypy --config-file crates/tremolo-python/pyproject.toml",
    },
    Step {
        name: "stubs",
        command: "target/python/venv/bin/python -m mypy.stubtest tremolo._tremolo",
    },
    // The cases of the Rust front, word for word. Tests run in their package's folder.
    Step {
        name: "behaviour",
        command: "TREMOLO_PYTHON=../target/python/venv/bin/python cargo test -p tremolo-tests \
                  --test behaviour",
    },
    Step {
        name: "pytest",
        command: "target/python/venv/bin/python -m pytest -c crates/tremolo-python/pyproject.toml \
                  crates/tremolo-python/tests",
    },
];

/// With another interpreter than `python3`, if there is one in the arguments.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let chosen = match arguments {
        [] => "python3",
        [option, chosen] if option == "--interpreter" => chosen,
        _ => return Err(format!("not understood: {}", arguments.join(" "))),
    };
    make_environment(chosen)?;
    runner::run(CHECKS)
}

fn make_environment(chosen: &str) -> Outcome {
    let tools = fs::read_to_string(TOOLS).map_err(|error| format!("{TOOLS}: {error}"))?;
    let source = interpreter(chosen)? + &tools;
    if fs::read_to_string(STAMP).is_ok_and(|stamp| stamp == source) {
        return Ok(());
    }
    let make = format!("{chosen} -m venv --clear target/python/venv");
    runner::execute(&make).map_err(|fault| format!("no environment ({fault}): {make}"))?;
    runner::run(FILL)?;
    fs::write(STAMP, source).map_err(|error| format!("{STAMP}: {error}"))
}

/// Which interpreter `program` is.
fn interpreter(program: &str) -> Result<String, String> {
    let output = Command::new(program)
        .args(["-c", PROBE])
        .output()
        .map_err(|error| format!("the Python front needs {program}, 3.11 or later: {error}"))?;
    let identity = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(identity);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("the Python front needs {program}, 3.11 or later, not {identity}{complaint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_needed_when_there_is_no_interpreter() {
        let complaint = interpreter("no-such-python").unwrap_err();
        assert!(complaint.contains("needs no-such-python, 3.11 or later"), "{complaint}");
        // A program that runs, yet is no interpreter of the right age.
        assert!(interpreter("false").unwrap_err().contains("3.11 or later"));
    }
}
