//! `cargo xtask production`: `examples/server` of both fronts as in production, under load: restarts,
//! killed workers, limits, slow clients, minutes of mixed load.
//!
//! The cases are in `benches/python/production`, which has the options too. `wrk` and
//! `slowhttptest` are installed with `apt-get`. The servers are built as for shipping (profile `dist`); `--debug` takes
//! debug builds, for which the extension must be in `target/python/venv` (`cargo xtask python`).

use crate::Outcome;
use crate::bench;
use crate::packages;
use crate::runner::execute;

const PROGRAMS: &[(&str, &str)] = &[("wrk", "wrk"), ("slowhttptest", "slowhttptest")];

const SCRIPT: &str = "python3 benches/python/production";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some((name, fault)) = packages::install(PROGRAMS).pop() {
        return Err(format!("{name} could not be installed: {fault}"));
    }
    let is_debug = arguments.iter().any(|argument| argument == "--debug");
    execute(&build_line(is_debug))?;
    if !is_debug {
        bench::install_ours()?;
    }
    execute(&script_line(arguments)).map_err(|fault| format!("a case failed ({fault})"))
}

fn build_line(is_debug: bool) -> String {
    let profile = if is_debug { "" } else { " --profile dist" };
    format!("cargo build{profile} -p tremolo-examples --features full --example server")
}

fn script_line(arguments: &[String]) -> String {
    let words = std::iter::once(SCRIPT).chain(arguments.iter().map(String::as_str));
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_gets_the_arguments() {
        let arguments = ["mixed", "--minutes", "2"].map(str::to_owned);
        assert_eq!(script_line(&arguments), format!("{SCRIPT} mixed --minutes 2"));
        assert!(build_line(false).contains("--profile") && !build_line(true).contains("--profile"));
    }
}
