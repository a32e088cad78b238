//! `cargo xtask frameworks`: applications of Django, Flask, Litestar, Quart and Socket.IO, served by
//! the Python front. On demand: they are many packages from PyPI, and change often.

use crate::Outcome;
use crate::runner::{self, Step};
use crate::venv;

const TOOLS: &[&str] = &[
    "crates/tremolo-python/requirements-dev.txt",
    "crates/tremolo-python/requirements-frameworks.txt",
];

const FILL: &[Step] = &[Step {
    name: "frameworks",
    command: "target/frameworks/venv/bin/python -m pip install --quiet \
              --disable-pip-version-check -r crates/tremolo-python/requirements-dev.txt \
              -r crates/tremolo-python/requirements-frameworks.txt",
}];

const CHECKS: &[Step] = &[
    Step {
        name: "extension",
        command: "VIRTUAL_ENV=target/frameworks/venv target/frameworks/venv/bin/maturin develop \
                  --quiet --manifest-path crates/tremolo-python/Cargo.toml",
    },
    Step {
        name: "pytest",
        command: "target/frameworks/venv/bin/python -m pytest -W default \
                  -c crates/tremolo-python/pyproject.toml crates/tremolo-python/tests/frameworks",
    },
];

pub(crate) fn run() -> Outcome {
    let tools = runner::read_all(TOOLS)?;
    venv::make("target/frameworks/venv", "python3", &tools, || runner::run(FILL))?;
    runner::run(CHECKS)
}
