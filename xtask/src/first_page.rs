//! `cargo xtask first-page`: what the first program costs to build, beside those of axum and actix.
//!
//! Each is built cold, in a target folder of its own. The programs in `benches/hello` are packages
//! of a user, with the release profile of cargo. The example `hello` is what the README's first
//! command builds, with the release profile of this workspace; axum's is built with that one, too.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Outcome;

/// The folder of the builds, emptied before and removed after each.
const TARGET: &str = "target/first-page";

struct Program {
    name: &'static str,
    /// The arguments of `cargo build`.
    arguments: &'static str,
    binary: &'static str,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "README, example `hello`",
        arguments: "--example hello",
        binary: "examples/hello",
    },
    Program {
        name: "axum, profile of the README's command",
        arguments: "--config profile.release.lto='off' --config profile.release.codegen-units=4 \
                    --config profile.release.strip='symbols' \
                    --manifest-path benches/hello/axum/Cargo.toml",
        binary: "hello-axum",
    },
    Program {
        name: "Tremolo, no default features",
        arguments: "--manifest-path benches/hello/tremolo-plain/Cargo.toml",
        binary: "hello-tremolo-plain",
    },
    Program {
        name: "Tremolo, default features",
        arguments: "--manifest-path benches/hello/tremolo/Cargo.toml",
        binary: "hello-tremolo",
    },
    Program {
        name: "axum",
        arguments: "--manifest-path benches/hello/axum/Cargo.toml",
        binary: "hello-axum",
    },
    Program {
        name: "actix",
        arguments: "--manifest-path benches/hello/actix/Cargo.toml",
        binary: "hello-actix",
    },
];

/// All programs, or those whose name contains one of the arguments.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let wanted = |program: &&Program| {
        arguments.is_empty() || arguments.iter().any(|part| program.name.contains(part.as_str()))
    };
    let mut table = "| program | crates | processor s | binary MB |\n\
                     | --- | ---: | ---: | ---: |\n"
        .to_owned();
    for program in PROGRAMS.iter().filter(wanted) {
        println!("==> {}: cargo build --release {}", program.name, program.arguments);
        let row = measure(program)?;
        println!("    {row}");
        table += &format!("{row}\n");
    }
    println!("\n{table}");
    Ok(())
}

/// Builds a program; returns its row of the table.
fn measure(program: &Program) -> Result<String, String> {
    // Downloads do not count.
    cargo(
        "fetch",
        program.arguments.split_once("--manifest-path").map_or("", |_| program.arguments),
    )?;
    remove()?;
    let before = children_seconds()?;
    let log = cargo("build --release --target-dir target/first-page", program.arguments)?;
    let seconds = children_seconds()? - before;
    let binary = Path::new(TARGET).join("release").join(program.binary);
    let size = fs::metadata(&binary).map_err(|error| format!("{}: {error}", binary.display()))?;
    remove()?;
    let (name, crates, megabytes) = (program.name, compiled(&log), size.len() as f64 / 1e6);
    Ok(format!("| {name} | {crates} | {seconds:.0} | {megabytes:.1} |"))
}

/// Runs cargo and returns what it has written to standard error.
fn cargo(verb: &str, arguments: &str) -> Result<String, String> {
    let words = verb.split_whitespace().chain(arguments.split_whitespace());
    let command = Command::new("cargo").args(words).stdin(Stdio::null()).output();
    let output = command.map_err(|error| format!("cargo: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(log) } else { Err(format!("cargo {verb} {arguments}: {log}")) }
}

/// The number of packages that cargo has compiled, the program itself included.
fn compiled(log: &str) -> usize {
    log.lines().filter(|line| line.trim_start().starts_with("Compiling ")).count()
}

/// The processor time of all processes that have ended below this one.
fn children_seconds() -> Result<f64, String> {
    /// Units of the system per second, on all platforms of Linux.
    const TICKS: f64 = 100.0;
    let path = "/proc/self/stat";
    let stat = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    // The name of the program may contain spaces; it is in parentheses.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    if ticks.len() == 2 {
        Ok(ticks.iter().sum::<f64>() / TICKS)
    } else {
        Err(format!("{path}: {stat}"))
    }
}

fn remove() -> Outcome {
    match fs::remove_dir_all(TARGET) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{TARGET}: {error}"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_counted_once_each() {
        let log = "    Updating index\n   Compiling a v1\n   Compiling b v2 (/x)\n    Finished";
        assert_eq!(compiled(log), 2);
    }

    #[test]
    fn processor_time_is_read() {
        assert!(children_seconds().unwrap() >= 0.0);
    }
}
