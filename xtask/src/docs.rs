//! `cargo xtask docs`: the guide, the reference of both fronts, and one page that leads to them, in
//! `target/docs`. Links between them and to their headings are checked.
//!
//! `mdbook` is installed from crates.io, `pdoc` and `linkchecker` from PyPI.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::runner::{self, Step};
use crate::venv;

const FOLDER: &str = "target/docs/venv";

const REQUIREMENTS: &[&str] =
    &["crates/tremolo-python/requirements-dev.txt", "docs/guide/requirements.txt"];

const FILL: &[Step] = &[Step {
    name: "tools",
    command: "target/docs/venv/bin/python -m pip install --quiet --disable-pip-version-check \
              -r crates/tremolo-python/requirements-dev.txt -r docs/guide/requirements.txt",
}];

const GUIDE: &[Step] = &[
    Step {
        name: "mdbook",
        command: "cargo install mdbook --version 0.5.4 --locked --no-default-features --quiet \
                  --root target/docs/mdbook",
    },
    Step { name: "guide", command: "target/docs/mdbook/bin/mdbook build docs/guide" },
    Step { name: "first page", command: "cp docs/guide/index.html target/docs/index.html" },
];

const STEPS: &[Step] = &[
    Step { name: "reference of Rust", command: "cargo doc -p tremolo-http --no-deps" },
    Step { name: "copy", command: "cp -r target/doc target/docs/rust" },
    Step {
        name: "extension",
        command: "VIRTUAL_ENV=target/docs/venv target/docs/venv/bin/maturin develop --quiet \
                  --manifest-path crates/tremolo-python/Cargo.toml",
    },
    Step {
        name: "reference of Python",
        command: "target/docs/venv/bin/pdoc tremolo --output-directory target/docs/python",
    },
    Step {
        name: "links",
        command: "target/docs/venv/bin/linkchecker --config docs/guide/linkchecker.ini \
                  target/docs/index.html",
    },
];

/// What an earlier run has left, so that no page of it hides a broken link.
const MADE: &[&str] =
    &["target/docs/guide", "target/docs/rust", "target/docs/python", "target/doc"];

pub(crate) fn run() -> Outcome {
    let requirements = runner::read_all(REQUIREMENTS)?;
    venv::make(FOLDER, "python3", &requirements, || runner::run(FILL))?;
    for folder in MADE.iter().filter(|folder| Path::new(folder).exists()) {
        fs::remove_dir_all(folder).map_err(|error| format!("{folder}: {error}"))?;
    }
    build_guide()?;
    runner::run(STEPS)?;
    println!("==> open target/docs/index.html");
    Ok(())
}

/// Builds the guide alone, and the page that leads to it.
pub(crate) fn build_guide() -> Outcome {
    runner::run(GUIDE)
}
