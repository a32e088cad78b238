//! `cargo xtask threads [FILTER…]`: what threads share.
//!
//! loom runs the models of `loom/` under every order of their threads: a wake-up that is lost is a
//! deadlock there. ThreadSanitizer watches tests in which threads meet, and reports data races. It
//! needs nightly, because the standard library has to be built for it as well. C and assembly (`ring`,
//! `zstd`) stay as they are: what they do is not watched, and they start no threads.

use crate::Outcome;
use crate::runner::execute;

const MODELS: &str =
    "CARGO_TARGET_DIR=target/loom cargo test --release --manifest-path loom/Cargo.toml";

/// What ThreadSanitizer watches, as the arguments of `cargo test`: the library of a package has unit
/// tests with threads, and `threads` are tests that have nothing else.
const WATCHED: &[&str] =
    &["-p tremolo-net --lib", "-p tremolo-python --lib", "-p tremolo-http --lib --test threads"];

pub(crate) fn run(filters: &[String]) -> Outcome {
    if filters.is_empty() {
        step(MODELS)?;
    }
    install()?;
    WATCHED.iter().try_for_each(|watched| step(&watching(watched, filters)))
}

fn step(line: &str) -> Outcome {
    println!("==> {line}");
    execute(line).map_err(|fault| format!("{fault}; to repeat it: {line}"))
}

/// A folder of its own, because everything is built anew. The first report ends a test.
fn watching(selection: &str, filters: &[String]) -> String {
    let target = "x86_64-unknown-linux-gnu";
    let mut line = format!(
        "RUSTFLAGS=-Zsanitizer=thread CARGO_TARGET_DIR=target/threads TSAN_OPTIONS=halt_on_error=1 \
         PROPTEST_CASES=8 \
         cargo +nightly test -Zbuild-std --target {target} {selection}"
    );
    if !filters.is_empty() {
        line = format!("{line} -- {}", filters.join(" "));
    }
    line
}

fn install() -> Outcome {
    if execute("cargo +nightly --version").is_err() {
        let install = "rustup toolchain install nightly --profile minimal";
        execute(install).map_err(|_| {
            format!("ThreadSanitizer needs the nightly compiler, which is not here: {install}")
        })?;
    }
    execute("rustup component add rust-src --toolchain nightly")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_follow_the_selection() {
        let line = watching("-p tremolo-net --lib", &["places".to_owned()]);
        assert!(line.ends_with("-p tremolo-net --lib -- places"));
        assert!(watching(WATCHED[0], &[]).ends_with(WATCHED[0]));
    }
}
