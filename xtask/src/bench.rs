//! `cargo xtask bench [SCENARIO…] [OPTION…]`: ours beside other servers, in one interleaved run.
//!
//! Builds `benches`, asks its runner what these words need, installs what is missing of that, and
//! gives the words to the runner, which knows what they mean. What cannot be installed is said and
//! left out, but for wrk, which loads most of the scenarios.

mod python;

pub(crate) use python::install_ours;

use std::process::Command;

use crate::Outcome;
use crate::packages;
use crate::runner::{self, execute};

const BUILD: &str = "cargo build --release --manifest-path benches/Cargo.toml";

/// What the runner may need: its word for it, which is the program, and the package of that.
const PACKAGES: &[(&str, &str)] = &[("nginx", "nginx-light"), ("strace", "strace"), ("wrk", "wrk")];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    println!("==> build: {BUILD}");
    execute(BUILD)?;
    let needs = needs(arguments)?;
    install(&needs)?;
    if needs.iter().any(|need| need == "python") {
        python::environments()?;
    }
    let status = runner().args(arguments).status().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err(status.to_string()) }
}

/// What the runner needs for these words; an error in them is the runner's to tell.
fn needs(arguments: &[String]) -> Result<Vec<String>, String> {
    let output = runner().arg("--needs").args(arguments).output();
    let output = output.map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

fn install(needs: &[String]) -> Outcome {
    for (program, fault) in packages::install(&programs(needs)) {
        if program == "wrk" {
            return Err(fault);
        }
        println!("==> left out: what needs {program}: {fault}");
    }
    Ok(())
}

/// Those of the needs that are programs, with their packages.
fn programs(needs: &[String]) -> Vec<(&'static str, &'static str)> {
    let is_needed = |program: &str| needs.iter().any(|need| need == program);
    PACKAGES.iter().copied().filter(|(program, _)| is_needed(program)).collect()
}

/// The runner, built already; cargo knows where it is.
fn runner() -> Command {
    let mut command = Command::new("cargo");
    runner::without_package(&mut command).args([
        "run",
        "--quiet",
        "--release",
        "--manifest-path",
        "benches/Cargo.toml",
        "--",
    ]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_programs_that_are_needed_are_installed() {
        let needs = ["nginx", "python", "wrk"].map(str::to_owned);
        assert_eq!(programs(&needs), [("nginx", "nginx-light"), ("wrk", "wrk")]);
        assert!(programs(&[]).is_empty());
    }
}
