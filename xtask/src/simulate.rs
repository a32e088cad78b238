//! `cargo xtask simulate`: whole servers with scripted peers on virtual time, from seeds.
//!
//! It runs a release build of `tremolo-simulation`, which prints the shortest scenario of a seed that
//! violates an invariant.

use crate::Outcome;
use crate::runner::execute;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let line = line(arguments)?;
    println!("==> simulate: {line}");
    execute(&line)
}

/// The options are pairs of a name and a number.
fn line(arguments: &[String]) -> Result<String, String> {
    for pair in arguments.chunks(2) {
        let is_known = OPTIONS.contains(&pair[0].as_str());
        let number = pair.get(1).and_then(|number| number.parse::<u64>().ok());
        if !is_known || number.is_none() {
            return Err(format!("not understood: {}", pair.join(" ")));
        }
    }
    let build = "cargo run --quiet --release -p tremolo-simulation --";
    Ok(format!("{build} {}", arguments.join(" ")))
}

const OPTIONS: [&str; 4] = ["--seeds", "--seconds", "--first", "--peers"];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Result<String, String> {
        line(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_passed_on_and_others_are_refused() {
        assert!(of(&["--seeds", "5"]).unwrap().ends_with("-- --seeds 5"));
        for words in [&["--seeds"][..], &["--seeds", "x"], &["--fast", "1"]] {
            assert!(of(words).is_err(), "{words:?}");
        }
    }
}
