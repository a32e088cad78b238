//! `cargo xtask differential`: generated requests to both fronts, hyper, nginx, h11, Node and Go;
//! writes `docs/differential.md`.
//!
//! nginx, Node and Go come from the packages of Debian, h11 from PyPI. What cannot be installed is left
//! out, and then the verb fails and names it. The page is written without it.

use crate::Outcome;
use crate::packages;
use crate::python;
use crate::runner::{self, Step, execute};
use crate::venv;

/// The name in the test, the program, and its package in Debian and its children.
const PROGRAMS: &[(&str, &str, &str)] =
    &[("nginx", "nginx", "nginx"), ("node", "node", "nodejs"), ("go", "go", "golang-go")];

const FOLDER: &str = "target/differential/venv";

const H11: &str = "h11~=0.16";

const FILL: &[Step] = &[Step {
    name: "h11",
    command: "target/differential/venv/bin/python -m pip install --quiet \
              --disable-pip-version-check h11~=0.16",
}];

const BUILD_GO: &str = "GOCACHE=PWD/target/differential/go-cache \
    go build -o target/differential/go_peer tests/differential/peers/main.go";

const TESTS: &str = "cargo test -p tremolo-tests --features system-clients --test differential -- \
    --ignored --nocapture";

/// In one run. It takes a few minutes with two processors.
const REQUESTS: u64 = 100_000;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let assignments = assignments(arguments)?;
    let missing = install();
    for (name, fault) in &missing {
        println!("==> left out: {name}: {fault}");
    }
    python::install()?;
    let without: Vec<_> = missing.iter().map(|(name, _)| *name).collect();
    let line = test_line(&assignments, &without);
    println!("==> differential: {line}");
    execute(&line)?;
    if missing.is_empty() {
        return Ok(());
    }
    let faults: Vec<_> = missing.iter().map(|(name, fault)| format!("{name} ({fault})")).collect();
    Err(format!("the rest agrees, but these could not be installed: {}", faults.join(", ")))
}

/// Which servers are still missing, and why.
fn install() -> Vec<(&'static str, String)> {
    let programs: Vec<_> = PROGRAMS.iter().map(|&(_, binary, package)| (binary, package)).collect();
    let faults = packages::install(&programs).into_iter();
    let name =
        |binary| PROGRAMS.iter().find(|program| program.1 == binary).map(|program| program.0);
    let mut missing: Vec<_> =
        faults.filter_map(|(binary, fault)| Some((name(binary)?, fault))).collect();
    if let Err(fault) = venv::make(FOLDER, "python3", H11, || runner::run(FILL)) {
        missing.push(("h11", fault));
    }
    if !missing.iter().any(|(name, _)| *name == "go")
        && let Err(fault) = build_go()
    {
        missing.push(("go", fault));
    }
    missing
}

/// Go wants an absolute path for what it caches.
fn build_go() -> Outcome {
    let folder = std::env::current_dir().map_err(|error| error.to_string())?;
    let line = BUILD_GO.replace("PWD", &folder.to_string_lossy());
    execute(&line)
}

/// The options are pairs of a name and a number.
fn assignments(arguments: &[String]) -> Result<Vec<String>, String> {
    let mut numbers =
        [("--requests", "DIFFERENTIAL_REQUESTS", REQUESTS), ("--seed", "DIFFERENTIAL_SEED", 0)];
    for pair in arguments.chunks(2) {
        let known = numbers.iter_mut().find(|(option, ..)| *option == pair[0]);
        let number = pair.get(1).and_then(|number| number.parse::<u64>().ok());
        match (known, number) {
            (Some(known), Some(number)) => known.2 = number,
            _ => return Err(format!("not understood: {}", pair.join(" "))),
        }
    }
    Ok(numbers.map(|(_, variable, number)| format!("{variable}={number}")).to_vec())
}

fn test_line(assignments: &[String], without: &[&str]) -> String {
    let without =
        (!without.is_empty()).then(|| format!("DIFFERENTIAL_WITHOUT={}", without.join(",")));
    let words = assignments.iter().map(String::as_str).chain(without.as_deref()).chain([TESTS]);
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<Vec<String>, String> {
        assignments(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn the_line_has_the_numbers_and_what_is_missing() {
        let numbers = of(&["--seed", "7"]).unwrap();
        assert_eq!(numbers, ["DIFFERENTIAL_REQUESTS=100000", "DIFFERENTIAL_SEED=7"]);
        let line = test_line(&numbers, &["go", "h11"]);
        let start =
            "DIFFERENTIAL_REQUESTS=100000 DIFFERENTIAL_SEED=7 DIFFERENTIAL_WITHOUT=go,h11 cargo";
        assert!(line.starts_with(start), "{line}");
        assert!(!test_line(&numbers, &[]).contains("WITHOUT"));
    }

    #[test]
    fn other_options_are_refused() {
        for words in [&["--seed"][..], &["--seed", "x"], &["--fast", "1"]] {
            assert!(of(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn the_stamp_and_the_command_name_the_same_version() {
        assert!(FILL[0].command.ends_with(H11));
    }
}
