//! `cargo xtask test`: what must pass before a merge, and what CI runs.
//!
//! Quick answers come first. No step sets `RUSTFLAGS`: one target directory serves them all, and
//! what clippy checked is not compiled again for the documentation. The toolchain with its
//! components comes from `rust-toolchain.toml`, so a machine with rustup needs nothing else; the
//! Python front needs a Python with `venv`, and gets an environment of its own under `target`.

use crate::Outcome;
use crate::runner::{self, Step};

const STEPS: &[Step] = &[
    Step { name: "format", command: "cargo fmt --all --check" },
    Step { name: "tidy", command: "cargo xtask tidy" },
    Step { name: "clippy", command: "cargo clippy --workspace --all-targets -- -D warnings" },
    Step {
        name: "docs",
        command: "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --document-private-items",
    },
    // Unit and integration tests, examples built, doctests; cargo's closing lines are the last
    // ones in the log. A failing binary does not hide the failures of the next.
    Step { name: "tests", command: "cargo test --workspace --no-fail-fast" },
    Step {
        name: "clippy of the bindings",
        command: "cargo clippy -p tremolo-python --features python --all-targets -- -D warnings",
    },
    Step { name: "Python", command: "python3 -m venv target/python" },
    // The wheel is built as for anybody else, from the source.
    Step {
        name: "wheel",
        command: "target/python/bin/pip install -q ./crates/tremolo-python[test]",
    },
    Step {
        name: "ruff",
        command: "target/python/bin/ruff check --config crates/tremolo-python/pyproject.toml \
                  crates/tremolo-python examples",
    },
    Step {
        name: "Python format",
        command: "target/python/bin/ruff format --check \
                  --config crates/tremolo-python/pyproject.toml crates/tremolo-python examples",
    },
    Step {
        name: "types",
        command: "target/python/bin/mypy --config-file crates/tremolo-python/pyproject.toml",
    },
    Step { name: "stubs", command: "target/python/bin/python -m mypy.stubtest tremolo._tremolo" },
    Step {
        name: "pytest",
        command: "target/python/bin/python -m pytest -q -c crates/tremolo-python/pyproject.toml \
                  crates/tremolo-python/tests",
    },
    // The black-box suite once more, with the Python example in the place of the Rust one.
    Step {
        name: "behaviour of the Python front",
        command: "TREMOLO_PYTHON=../target/python/bin/python \
                  cargo test -p tremolo-tests --test behaviour -- \
                  response_object bad_heads curl persistence",
    },
];

pub(crate) fn run() -> Outcome {
    runner::run(STEPS)
}
