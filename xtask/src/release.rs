//! `cargo xtask release`: what a release consists of, made and tried without publishing anything.
//!
//! Packages for crates.io are built from their archives. Wheels for Linux are linked against an old
//! glibc, or musl, by `zig`, which comes from PyPI. The wheel for this machine is installed without
//! a Rust compiler, and the example `hello` answers. `docs/releasing.md` has what a person does.

mod wheel;

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::runner::{self, Step, execute};
use crate::{features, venv};

/// The files with what builds the wheels.
const TOOLS: &[&str] = &[
    "crates/tremolo-python/requirements-release.txt",
    "crates/tremolo-python/requirements-dev.txt",
];

const FILL: &[Step] = &[Step {
    name: "tools",
    command: "target/release-tools/venv/bin/python -m pip install --quiet \
              --disable-pip-version-check -r crates/tremolo-python/requirements-release.txt",
}];

/// Members of the workspace that are not published are left out by cargo itself.
const PUBLISH: &[Step] = &[Step {
    name: "crates.io",
    command: "cargo publish --workspace --dry-run --target-dir target/release-tools/publish",
}];

/// Licences, sources and versions of the dependencies, by `deny.toml`. Advisories are not among them:
/// their database is on GitHub, and changes without a change here.
const DEPENDENCIES: &[Step] = &[
    Step {
        name: "cargo-deny",
        command: "cargo install cargo-deny --version 0.20.2 --locked --quiet --debug \
                  --root target/release-tools/deny",
    },
    Step {
        name: "dependencies",
        command: "target/release-tools/deny/bin/cargo-deny check bans licenses sources",
    },
];

/// The oldest compiler that will do: `rust-version` in Cargo.toml.
const OLDEST: Step = Step {
    name: "oldest compiler",
    command: "rustup run 1.88.0 cargo check --package tremolo-http --all-features \
              --package tremolo-python --features tremolo-python/python \
              --target-dir target/release-tools/oldest",
};

struct Part {
    name: &'static str,
    run: fn() -> Outcome,
}

const PARTS: &[Part] = &[
    Part { name: "features", run: || features::run(&[]) },
    Part { name: "oldest", run: oldest },
    Part { name: "semver", run: semver },
    Part { name: "dependencies", run: || runner::run(DEPENDENCIES) },
    Part { name: "publish", run: || runner::run(PUBLISH) },
    Part { name: "wheels", run: wheels },
];

/// The parts that are named, or all of them.
pub(crate) fn run(names: &[String]) -> Outcome {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|part| part.name != **name)) {
        let there: Vec<_> = PARTS.iter().map(|part| part.name).collect();
        return Err(format!("no part is called {unknown}; there are {}", there.join(", ")));
    }
    let is_wanted = |part: &&Part| names.is_empty() || names.iter().any(|name| name == part.name);
    PARTS.iter().filter(is_wanted).try_for_each(|part| (part.run)())
}

fn oldest() -> Outcome {
    execute("rustup toolchain install 1.88.0 --profile minimal --no-self-update")?;
    runner::run(&[OLDEST])
}

/// Refuses a break of the interfaces of the last tag without the version that this needs.
fn semver() -> Outcome {
    let output = Command::new("git").args(["describe", "--tags", "--abbrev=0"]).output();
    let output = output.map_err(|error| format!("git: {error}"))?;
    let tag = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if tag.is_empty() {
        println!("==> semver: there is no tag yet to compare with");
        return Ok(());
    }
    let line = format!("cargo semver-checks --workspace --baseline-rev {tag}");
    println!("==> semver: {line}");
    execute(&line)
        .map_err(|fault| format!("{fault}; `cargo install cargo-semver-checks` brings it"))
}

fn wheels() -> Outcome {
    let interpreter = "python3";
    let tools = runner::read_all(TOOLS)?;
    venv::make("target/release-tools/venv", interpreter, &tools, || runner::run(FILL))?;
    match fs::remove_dir_all(wheel::FOLDER) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", wheel::FOLDER));
        }
        _ => {}
    }
    wheel::build(interpreter)?;
    wheel::try_it(interpreter)
}
