//! Runs the steps of a verb: prints each with its duration, stops at the first failure.
//!
//! A step is one command line, written as a shell would take it, so that the line that is printed
//! is the line that repeats it. There is no quoting: words are separated by spaces, and leading
//! `NAME=value` words set the environment.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::process::Command;
use std::time::Instant;

use crate::Outcome;

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) command: &'static str,
}

/// Runs `steps` in order.
///
/// # Errors
///
/// The first step that failed, and the command line that repeats it.
pub(crate) fn run(steps: &[Step]) -> Outcome {
    let start = Instant::now();
    for Step { name, command } in steps {
        println!("==> {name}: {command}");
        let step_start = Instant::now();
        let result = execute(command);
        let seconds = step_start.elapsed().as_secs_f32();
        if let Err(fault) = result {
            return Err(format!("{name} failed after {seconds:.1} s: {fault}"));
        }
        println!("    {name} took {seconds:.1} s");
    }
    println!("==> {} steps passed in {:.1} s", steps.len(), start.elapsed().as_secs_f32());
    Ok(())
}

/// Runs one command line.
///
/// # Errors
///
/// That it could not be run, or how it ended; and the line, which repeats it.
pub(crate) fn execute(line: &str) -> Outcome {
    let fault = match parse(line)?.status() {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    Err(format!("{fault}; to repeat it: {line}"))
}

/// The contents of the files, one after the other.
///
/// # Errors
///
/// Which file could not be read.
pub(crate) fn read_all(paths: &[&str]) -> Result<String, String> {
    let read = |path: &&str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    paths.iter().map(read).collect()
}

fn parse(line: &str) -> Result<Command, String> {
    let mut words = line.split_whitespace().peekable();
    let mut environment = Vec::new();
    while let Some(assignment) = words.peek().and_then(|word| word.split_once('=')) {
        environment.push(assignment);
        words.next();
    }
    let mut command = Command::new(words.next().ok_or("an empty command")?);
    without_package(&mut command).args(words).envs(environment);
    Ok(command)
}

/// Removes the variables that `cargo run` sets for the package of this program. The build script of
/// `ring` depends on them: with them, a build by a verb after the same build without a verb, or the
/// other way round, compiles `ring` and everything above it again.
pub(crate) fn without_package(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os().filter(|(name, _)| is_of_package(name)) {
        command.env_remove(name);
    }
    command
}

fn is_of_package(variable: &OsStr) -> bool {
    let variable = variable.to_string_lossy();
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_assignments_are_the_environment() {
        let command = parse("A=1 B=-x cargo doc --key=value").unwrap();
        assert_eq!(command.get_program(), "cargo");
        assert_eq!(command.get_args().collect::<Vec<_>>(), ["doc", "--key=value"]);
        let environment: Vec<_> = command.get_envs().filter(|(_, value)| value.is_some()).collect();
        assert_eq!(
            environment,
            [("A".as_ref(), Some("1".as_ref())), ("B".as_ref(), Some("-x".as_ref()))]
        );
    }

    #[test]
    fn a_command_does_not_see_the_package_of_this_program() {
        // Cargo sets them for a test as it does for `cargo run`.
        assert!(env::var_os("CARGO_PKG_NAME").is_some());
        let output = parse("env").unwrap().output().unwrap();
        let variables = String::from_utf8(output.stdout).unwrap();
        assert!(variables.contains("PATH="), "{variables}");
        assert!(!variables.contains("CARGO_PKG_"), "{variables}");
        assert!(!variables.contains("CARGO_MANIFEST_"), "{variables}");
    }

    #[test]
    fn stops_at_the_first_failure_and_says_how_to_repeat_it() {
        let failure = run(&[
            Step { name: "first", command: "true" },
            Step { name: "second", command: "no-such-program --help" },
            Step { name: "third", command: "" },
        ])
        .unwrap_err();
        assert!(failure.starts_with("second failed"), "{failure}");
        assert!(failure.ends_with("to repeat it: no-such-program --help"), "{failure}");
    }

    #[test]
    fn a_program_that_is_not_there_is_a_failure() {
        assert!(execute("no-such-program --help").is_err());
        assert!(execute("A=1").is_err());
    }
}
