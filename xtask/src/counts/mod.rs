//! `cargo xtask counts [INPUT…] [--record]`: what one request costs, in instructions and
//! allocations, beside what is recorded in `docs/counts.md`.
//!
//! Counts do not depend on what else the machine does, so that a change of one per cent is seen
//! where no clock would show it. They are printed, never asserted: what a difference is worth is
//! for the reviewer to say. `--record` writes them down.

mod table;
mod valgrind;

use std::fs;
use std::process::Command;

use self::table::{Row, Table};
use self::valgrind::Program;
use crate::packages;
use crate::runner::execute;
use crate::{Outcome, print_usage};

const RECORD: &str = "docs/counts.md";

const BUILD: &str = "cargo build --profile measured --package tremolo-counts";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (options, names): (Vec<_>, Vec<_>) =
        arguments.iter().map(String::as_str).partition(|argument| argument.starts_with('-'));
    let record = match options.as_slice() {
        [] => false,
        ["--record"] if names.is_empty() => true,
        ["--record"] => return Err("--record wants all inputs".to_owned()),
        _ => {
            print_usage();
            return Err(format!("what is {}?", options.join(" ")));
        }
    };
    if let Some((_, fault)) = packages::install(&[("valgrind", "valgrind")]).pop() {
        return Err(format!("without valgrind nothing can be counted ({fault})"));
    }
    println!("==> {BUILD}");
    execute(BUILD)?;
    let recorded = match fs::read_to_string(RECORD) {
        Ok(text) => Table::parse(&text),
        Err(_) => Table::default(),
    };
    let counted = Table { tools: tools()?, rows: count(&names)? };
    println!("\n{}", counted.beside(&recorded));
    if !recorded.rows.is_empty() && recorded.tools != counted.tools {
        println!("recorded with {}\nnow with      {}\n", recorded.tools, counted.tools);
    }
    println!("where they are spent: callgrind_annotate {}", valgrind::profile_of("INPUT"));
    if record {
        fs::write(RECORD, counted.to_string()).map_err(|error| format!("{RECORD}: {error}"))?;
        println!("written to {RECORD}");
    }
    Ok(())
}

/// Counts for these inputs, or for all.
fn count(names: &[&str]) -> Result<Vec<Row>, String> {
    let mut inputs = Vec::new();
    for program in Program::ALL {
        inputs.extend(program.inputs()?.into_iter().map(|input| (program, input)));
    }
    if let Some(unknown) = names.iter().find(|name| inputs.iter().all(|(_, (of, _))| of != *name)) {
        let known: Vec<_> = inputs.iter().map(|(_, (name, _))| name.as_str()).collect();
        return Err(format!("`{unknown}` is none of {}", known.join(", ")));
    }
    inputs.retain(|(_, (name, _))| names.is_empty() || names.contains(&name.as_str()));
    let mut rows = Vec::new();
    for (program, (name, about)) in inputs {
        println!("==> {name}");
        rows.push(Row { counts: program.count(&name)?, name, about });
    }
    Ok(rows)
}

/// What the counts depend on besides our code.
fn tools() -> Result<String, String> {
    let mut versions = Vec::new();
    for program in ["rustc", "valgrind"] {
        let output = Command::new(program).arg("--version").output();
        let output = output.map_err(|error| format!("{program}: {error}"))?;
        versions.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    Ok(format!("{}, on {}", versions.join(" and "), std::env::consts::ARCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|&word| word.to_owned()).collect();
        run(&arguments).unwrap_err()
    }

    #[test]
    fn a_part_of_the_table_is_not_recorded() {
        assert_eq!(refusal(&["short-get", "--record"]), "--record wants all inputs");
        assert_eq!(refusal(&["--recrod"]), "what is --recrod?");
    }
}
