//! `cargo xtask python`: the checks of the Python front, in a virtual environment of its own.
//!
//! The environment is kept under `target/python/venv` and made anew when the interpreter or the
//! list of tools changes. The extension is built into it in cargo's own target directory, so what
//! `cargo test` has compiled is not compiled again; Python files are taken from where they lie.

use std::fs;

use crate::Outcome;
use crate::runner::{self, Step};
use crate::venv;

const TOOLS: &str = "crates/tremolo-python/requirements-dev.txt";

const FILL: &[Step] = &[Step {
    name: "tools",
    command: "target/python/venv/bin/python -m pip install --quiet --disable-pip-version-check \
              -r crates/tremolo-python/requirements-dev.txt",
}];

const EXTENSION: Step = Step {
    name: "extension",
    command: "VIRTUAL_ENV=target/python/venv target/python/venv/bin/maturin develop --quiet \
              --manifest-path crates/tremolo-python/Cargo.toml",
};

const CHECKS: &[Step] = &[
    Step {
        name: "ruff",
        command: "target/python/venv/bin/ruff check --config crates/tremolo-python/pyproject.toml \
                  crates/tremolo-python docs/guide/samples examples benches/python",
    },
    Step {
        name: "Python format",
        command: "target/python/venv/bin/ruff format --check \
                  --config crates/tremolo-python/pyproject.toml crates/tremolo-python \
                  docs/guide/samples examples benches/python",
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
    EXTENSION,
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
        command: "TEST_PYTHON=../target/python/venv/bin/python cargo test -p tremolo-tests \
                  --test behaviour --test faults --test guide \
                  --test memory",
    },
    Step {
        name: "Autobahn",
        command: "TEST_PYTHON=../target/python/venv/bin/python cargo xtask autobahn --debug \
                  1.* 2.* 3.* 4.* 5.* 6.* 7.*",
    },
    // Most tests wait for servers that start or stop, so there are more processes than processors.
    Step {
        name: "pytest",
        command: "target/python/venv/bin/python -m pytest -n 4 --dist loadscope \
                  -c crates/tremolo-python/pyproject.toml crates/tremolo-python/tests",
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

/// Makes the environment and builds the extension into it, for verbs that start the Python front.
pub(crate) fn install() -> Outcome {
    make_environment("python3")?;
    runner::run(&[EXTENSION])
}

fn make_environment(chosen: &str) -> Outcome {
    let tools = fs::read_to_string(TOOLS).map_err(|error| format!("{TOOLS}: {error}"))?;
    venv::make("target/python/venv", chosen, &tools, || runner::run(FILL))
}
