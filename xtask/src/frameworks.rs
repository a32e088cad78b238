//! `cargo xtask frameworks`: applications of Django, Flask, Litestar, Quart and Socket.IO, and the
//! documentation page of FastAPI in Chromium, served by the Python front. On demand: they are many
//! packages, and change often.

use crate::Outcome;
use crate::packages;
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

/// The browser, and what brings the scripts of the page of FastAPI.
const PROGRAMS: &[(&str, &str)] = &[("chromium", "chromium"), ("npm", "npm")];

const CHECKS: &[Step] = &[
    Step {
        name: "Swagger UI",
        command: "npm install --prefix target/frameworks/node --no-audit --no-fund --silent \
                  swagger-ui-dist@5",
    },
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
    if let Some((program, fault)) = packages::install(PROGRAMS).first() {
        return Err(format!("{program}: {fault}"));
    }
    runner::run(CHECKS)
}
