//! `cargo xtask asgi-table`: the tests of ASGI with other servers too; records which tests each passes.

use std::fs;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::runner::{self, Step};
use crate::venv;

const TOOLS: &[&str] = &[
    "crates/tremolo-python/requirements-dev.txt",
    "crates/tremolo-python/requirements-servers.txt",
];

const FILL: &[Step] = &[Step {
    name: "servers",
    command: "target/asgi/venv/bin/python -m pip install --quiet --disable-pip-version-check \
              -r crates/tremolo-python/requirements-dev.txt \
              -r crates/tremolo-python/requirements-servers.txt",
}];

const BUILD: &[Step] = &[Step {
    name: "extension",
    command: "VIRTUAL_ENV=target/asgi/venv target/asgi/venv/bin/maturin develop --quiet \
              --manifest-path crates/tremolo-python/Cargo.toml",
}];

const PAGE: &str = "docs/asgi.md";

pub(crate) fn run() -> Outcome {
    venv::make("target/asgi/venv", "python3", &runner::read_all(TOOLS)?, || runner::run(FILL))?;
    runner::run(BUILD)?;
    let table = Command::new("target/asgi/venv/bin/python")
        .arg("crates/tremolo-python/tests/asgi/table.py")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("table.py: {error}"))?;
    if !table.status.success() {
        return Err(format!("table.py: {}", table.status));
    }
    fs::write(PAGE, table.stdout).map_err(|error| format!("{PAGE}: {error}"))
}
