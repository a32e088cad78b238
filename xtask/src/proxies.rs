//! `cargo xtask proxies`: both fronts behind nginx, HAProxy, Varnish, Apache httpd and Caddy, with
//! messages that two implementations could divide differently. Writes `docs/proxies.md`.
//!
//! The tests are those of `tests/proxies`. Each leaves a file for its proxy in `target/proxies`, from
//! which the tables are made. What is missing is installed with `apt-get`; what cannot be installed
//! is left out, and then the verb fails and names it.

mod page;

use std::fs;

use crate::Outcome;
use crate::packages;
use crate::python;
use crate::runner;

/// What is started, a word of the tests that need it, and the package of Debian.
const PROGRAMS: &[(&str, &str, &str)] = &[
    ("nginx", "nginx", "nginx"),
    ("haproxy", "haproxy", "haproxy"),
    ("varnishd", "varnish", "varnish"),
    // The package `apache2` would start a server of the system as well.
    ("apache2", "apache", "apache2-bin"),
    ("caddy", "caddy", "caddy"),
];

const FOLDER: &str = "target/proxies";
const PAGE: &str = "docs/proxies.md";

/// The tests run in the folder of their package.
const ENVIRONMENT: &str = "PROXIES_FOLDER=../target/proxies";
const PYTHON: &str = "TEST_PYTHON=../target/python/venv/bin/python";
const TESTS: &str = "cargo test -p tremolo-tests --features system-clients --test proxies";

pub(crate) fn run() -> Outcome {
    let programs: Vec<_> = PROGRAMS.iter().map(|row| (row.0, row.2)).collect();
    let missing = packages::install(&programs);
    for (program, fault) in &missing {
        println!("==> left out: the tests with {program}: {fault}");
    }
    let _ = fs::remove_dir_all(FOLDER);
    fs::create_dir_all(FOLDER).map_err(|error| format!("{FOLDER}: {error}"))?;
    python::install()?;
    let missing: Vec<_> = missing.into_iter().map(|(program, _)| program).collect();
    for front in ["", PYTHON] {
        let line = test_line(front, &missing);
        println!("==> proxies: {line}");
        runner::execute(&line)?;
    }
    let page = page::make(&outcomes()?)?;
    fs::write(PAGE, page).map_err(|error| format!("{PAGE}: {error}"))?;
    match missing[..] {
        [] => Ok(()),
        _ => Err(format!("these could not be installed: {}", missing.join(", "))),
    }
}

/// Without the tests whose program is missing.
fn test_line(front: &str, missing: &[&str]) -> String {
    let words = PROGRAMS.iter().filter(|row| missing.contains(&row.0)).map(|row| row.1);
    let skips: String = words.map(|word| format!(" --skip {word}")).collect();
    let skips = if skips.is_empty() { skips } else { format!(" --{skips}") };
    format!("{front} {ENVIRONMENT} {TESTS}{skips}").trim_start().to_owned()
}

/// The files that the tests have written: name and text.
fn outcomes() -> Result<Vec<(String, String)>, String> {
    let failed = |error: std::io::Error| format!("{FOLDER}: {error}");
    let mut outcomes = Vec::new();
    for entry in fs::read_dir(FOLDER).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        outcomes.push((name, fs::read_to_string(entry.path()).map_err(failed)?));
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_what_is_missing_are_left_out() {
        assert_eq!(test_line("", &[]), format!("{ENVIRONMENT} {TESTS}"));
        let line = test_line(PYTHON, &["varnishd", "apache2"]);
        let skips = "-- --skip varnish --skip apache";
        assert_eq!(line, format!("{PYTHON} {ENVIRONMENT} {TESTS} {skips}"));
    }
}
