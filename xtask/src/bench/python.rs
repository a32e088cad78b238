//! The environments of the Python peers, under `target/bench/python`: ours, the peers of other
//! makers, and the original, whose package has the same name as ours.
//!
//! Ours is built as a wheel and installed whenever it is asked for, so that what is measured is
//! what lies here; the others are made once. A peer that cannot be installed is reported, and
//! a measurement runs without it.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::packages;
use crate::runner::{self, Step, execute};
use crate::venv;

/// What all environments are made with: the comparison is one of servers, not of interpreters.
const INTERPRETER: &str = "python3";

const PEERS: &str = "benches/python/requirements-peers.txt";
const ORIGINAL: &str = "benches/python/requirements-original.txt";

/// Where the versions of what is not a peer are pinned.
const PINS: &str = "crates/tremolo-python/requirements-dev.txt";

const FILL_OURS: &[Step] = &[Step {
    name: "tools",
    command: "target/bench/python/ours/bin/python -m pip install --quiet \
              --disable-pip-version-check --constraint crates/tremolo-python/requirements-dev.txt \
              maturin uvloop fastapi",
}];

/// `maturin develop` would put the extension beside the sources, where that of the tests lies.
const INSTALL_OURS: &[Step] = &[
    Step {
        name: "wheel",
        command: "target/bench/python/ours/bin/maturin build --quiet \
                  --manifest-path crates/tremolo-python/Cargo.toml --out target/bench/python/wheel \
                  --interpreter target/bench/python/ours/bin/python",
    },
    Step {
        name: "ours",
        command: "target/bench/python/ours/bin/python -m pip install --quiet \
                  --disable-pip-version-check --force-reinstall --no-deps --no-index \
                  --find-links target/bench/python/wheel tremolo-http",
    },
];

/// Modules that need a library of the system, and its package in Debian and its children.
const LIBRARIES: &[(&str, &str)] = &[("socketify", "libuv1")];

/// Makes what is missing of the environments, and installs ours as it is now.
///
/// # Errors
///
/// What failed about ours. What fails about others is printed.
pub(crate) fn environments() -> Outcome {
    install_ours()?;
    for (name, requirements) in [("peers", PEERS), ("original", ORIGINAL)] {
        if let Err(fault) = make(name, requirements) {
            println!("==> left out: of the {name}, {fault}");
        }
    }
    Ok(())
}

/// Makes the environment of ours, and installs an optimized build of it as it is now.
///
/// # Errors
///
/// What failed.
pub(crate) fn install_ours() -> Outcome {
    let pins = read(PINS)?;
    venv::make("target/bench/python/ours", INTERPRETER, &pins, || runner::run(FILL_OURS))?;
    // Wheels of other versions and interpreters would be candidates, too.
    remove("target/bench/python/wheel")?;
    runner::run(INSTALL_OURS)
}

/// Makes an environment from a list of requirements.
///
/// What could be installed can be used; while something is missing, all is tried again each time.
fn make(name: &str, requirements: &str) -> Outcome {
    let folder = format!("target/bench/python/{name}");
    let list = read(requirements)?;
    venv::make(&folder, INTERPRETER, &list, || {
        let python = format!("{folder}/bin/python");
        let faults: Vec<_> = required(&list)
            .filter_map(|package| {
                let fault = install(&python, package).err()?;
                Some(format!("{package} ({fault})"))
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join(", ")) }
    })
}

/// The lines of a list of requirements that name one.
fn required(list: &str) -> impl Iterator<Item = &str> {
    list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn install(python: &str, package: &str) -> Outcome {
    let line = format!("{python} -m pip install --quiet --disable-pip-version-check {package}");
    println!("==> {package}: {line}");
    execute(&line)?;
    let Some((module, library)) =
        LIBRARIES.iter().find(|(module, _)| package.starts_with(&format!("{module}==")))
    else {
        return Ok(());
    };
    if can_import(python, module) {
        return Ok(());
    }
    // Whether it worked is seen by the import.
    let _ = packages::install_library(library);
    if can_import(python, module) { Ok(()) } else { Err(format!("it needs {library}")) }
}

fn can_import(python: &str, module: &str) -> bool {
    let import = format!("import {module}");
    Command::new(python).args(["-c", &import]).output().is_ok_and(|output| output.status.success())
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}

fn remove(folder: &str) -> Outcome {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{folder}: {error}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_no_packages() {
        let list = "# What it is.\n\nfirst==1\n  second==2\n";
        assert_eq!(required(list).collect::<Vec<_>>(), ["first==1", "second==2"]);
    }

    #[test]
    fn what_cannot_be_installed_is_a_fault() {
        assert!(install("no-such-python", "first==1").is_err());
        assert!(!can_import("no-such-python", "first"));
    }
}
