//! `cargo xtask miri [FILTER…]`: unit tests of the engine under Miri, which finds undefined behaviour.
//!
//! The engine has no unsafe code, but what it is made of has: `bytes`, `memchr`, `simdutf8`,
//! `flate2`. Miri takes a thousand times as long as the processor, so the filters of [`FILTERS`] name
//! the tests that hand memory to these crates, with few cases of each property.
//!
//! It runs no C and no assembly (`zstd`, `ring`), few system calls, and no interpreter of Python: of
//! the files with unsafe code, each function of `ffi.rs` calls that, and those of `tremolo-net` are
//! system calls.

use crate::Outcome;
use crate::runner::execute;

/// What runs if no filter is given: names of unit tests begin with these.
const FILTERS: &[&str] = &[
    "connection::input_room",
    "connection::tests::coalesce",
    "connection::tests::pool",
    "connection::transmit",
    "cookie::",
    "form::",
    "http1::body",
    "http1::fields",
    "http1::response",
    "multipart::",
    "negotiation::",
    "proxy_protocol::",
    "query::",
    "sse::",
    "websocket::mask",
    "websocket::tests::compression",
    "websocket::tests::messages",
    "websocket::utf8",
];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    install()?;
    let line = line(arguments);
    println!("==> miri: {line}");
    execute(&line)
}

/// Isolation is off, because the tests read the clock.
fn line(filters: &[String]) -> String {
    let filters = if filters.is_empty() { FILTERS.join(" ") } else { filters.join(" ") };
    let environment = "MIRIFLAGS=-Zmiri-disable-isolation PROPTEST_CASES=1";
    format!("{environment} cargo +nightly miri test -p tremolo-core --lib -- {filters}")
}

fn install() -> Outcome {
    if execute("cargo +nightly --version").is_err() {
        execute("rustup toolchain install nightly --profile minimal")?;
    }
    execute("rustup component add miri rust-src --toolchain nightly")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_replace_those_of_the_list() {
        assert!(line(&[]).ends_with(&FILTERS.join(" ")));
        assert!(line(&["sse::".to_owned()]).ends_with("--lib -- sse::"));
    }
}
