//! `cargo xtask fuzz [TARGET…] [--seconds N]`: runs the targets of `tremolo-fuzz` under libFuzzer.
//!
//! One target after the other, by `cargo-fuzz` on the nightly toolchain; both are installed if they
//! are missing. What the fuzzer learns stays under `fuzz/libfuzzer`, which git ignores; the saved
//! inputs in `fuzz/corpus` are where it starts, and it does not write there.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::runner::execute;

/// Per target: enough to meet what a change broke, short enough to be run on a whim.
const SECONDS: u32 = 60;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let known = targets()?;
    let (chosen, seconds) = choose(arguments, &known)?;
    install()?;
    for target in chosen {
        // What is found in a run is kept for the next one, apart from what is saved for all.
        let learned = format!("fuzz/libfuzzer/corpus/{target}");
        fs::create_dir_all(&learned).map_err(|error| format!("{learned}: {error}"))?;
        // Without a sanitizer: the engine forbids unsafe code, and runs several times as fast.
        let line = format!(
            "cargo +nightly fuzz run --fuzz-dir fuzz/libfuzzer --sanitizer none {target} {learned} \
             fuzz/corpus/{target} -- -max_total_time={seconds} -max_len=4096 -timeout=10"
        );
        println!("==> {target}: {line}");
        execute(&line).map_err(|fault| format!("{target}: {fault}"))?;
    }
    Ok(())
}

/// The targets are the folders of saved inputs; a test in `fuzz` checks that.
fn targets() -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("fuzz/corpus: {error}");
    let mut names = Vec::new();
    for entry in fs::read_dir("fuzz/corpus").map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Which targets, all if none is named, and for how many seconds each.
fn choose<'a>(arguments: &'a [String], known: &'a [String]) -> Result<(Vec<&'a str>, u32), String> {
    let (mut chosen, mut seconds) = (Vec::new(), SECONDS);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let number = arguments.next().and_then(|number| number.parse().ok());
            seconds = number.filter(|number| *number > 0).ok_or("--seconds wants a number")?;
        } else if known.contains(argument) {
            chosen.push(argument.as_str());
        } else {
            return Err(format!("`{argument}` is none of {}", known.join(", ")));
        }
    }
    if chosen.is_empty() {
        chosen = known.iter().map(String::as_str).collect();
    }
    Ok((chosen, seconds))
}

fn install() -> Outcome {
    let is_there = |line: &str| {
        let mut words = line.split_whitespace();
        let program = words.next().unwrap_or_default();
        Command::new(program).args(words).output().is_ok_and(|output| output.status.success())
    };
    if !is_there("cargo +nightly --version") {
        execute("rustup toolchain install nightly --profile minimal")?;
    }
    if !is_there("cargo fuzz --version") {
        execute("cargo install cargo-fuzz --locked")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(arguments: &[&str]) -> Result<(Vec<String>, u32), String> {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let (arguments, known) = (owned(arguments), owned(&["chunked", "head"]));
        let (chosen, seconds) = choose(&arguments, &known)?;
        Ok((owned(&chosen), seconds))
    }

    #[test]
    fn names_choose_and_no_name_means_all() {
        assert_eq!(chosen(&[]).unwrap(), (vec!["chunked".to_owned(), "head".to_owned()], SECONDS));
        assert_eq!(chosen(&["--seconds", "5", "head"]).unwrap(), (vec!["head".to_owned()], 5));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for arguments in [&["tail"][..], &["--seconds"], &["--seconds", "0"], &["--seconds", "x"]] {
            assert!(chosen(arguments).is_err(), "{arguments:?}");
        }
    }
}
