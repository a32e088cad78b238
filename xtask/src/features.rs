//! `cargo xtask features`: the Rust front with no feature, with each one alone, and with all; and
//! that what a user gets by default needs no C compiler.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::runner::execute;

const MANIFEST: &str = "crates/tremolo/Cargo.toml";

/// The crates below the front that have features of their own.
const BELOW: &str = "-p tremolo-coding -p tremolo-config -p tremolo-core -p tremolo-files";

/// Features that consist of others.
const GROUPS: &[&str] = &["compression", "default", "full"];

/// The crate that finds and runs a C compiler in build scripts.
const C_COMPILER: &str = "cc";

/// Everything; with `--few` what most mistakes break: the front without features, and its default.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let is_few = match arguments {
        [] => false,
        [option] if option == "--few" => true,
        _ => return Err(format!("not understood: {}", arguments.join(" "))),
    };
    needs_no_c_compiler("--no-default-features")?;
    needs_no_c_compiler("")?;
    check(&format!("-p tremolo-http {BELOW} --no-default-features"))?;
    check("-p tremolo-http")?;
    if is_few {
        return Ok(());
    }
    let manifest = fs::read_to_string(MANIFEST).map_err(|error| format!("{MANIFEST}: {error}"))?;
    for feature in features(&manifest).filter(|feature| !GROUPS.contains(feature)) {
        check(&format!("-p tremolo-http --no-default-features --features {feature}"))?;
    }
    check("-p tremolo-http --all-features")?;
    println!("==> {PLAIN_ROUTES}");
    execute(PLAIN_ROUTES)?;
    let build = "cargo build --quiet --package tremolo-examples --example hello";
    println!("==> {build}");
    execute(build)?;
    REFUSED.iter().try_for_each(|(variable, value, expected)| refuses(variable, value, expected))
}

/// The tests of routes, without the feature `regex`; the other feature is for the tests beside them.
const PLAIN_ROUTES: &str = "cargo test --quiet --package tremolo-core --lib --no-default-features \
                            --features websocket-deflate routing";

/// Variables of the environment whose features `hello` has not, and a part of the refusal.
const REFUSED: &[(&str, &str, &str)] = &[
    ("TREMOLO_COMPRESSION", "on", "the features `brotli`, `gzip` and `zstd`"),
    ("TREMOLO_CONFIG", "Cargo.toml", "the feature `config-file`"),
    ("TREMOLO_TLS_CERT", "cert.pem", "the feature `tls`"),
];

/// An option that would have no effect keeps the server from starting.
fn refuses(variable: &str, value: &str, expected: &str) -> Outcome {
    let mut hello = Command::new("target/debug/examples/hello");
    // If the option were not refused, the address would be.
    let hello = hello.env(variable, value).env("TREMOLO_BIND", "fd://999").output();
    let output = hello.map_err(|error| format!("hello: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    match text.contains(expected) {
        true => Ok(()),
        false => Err(format!("{variable}={value} is not refused with {expected}: {text}")),
    }
}

/// Clippy refuses warnings of the selected packages without another `RUSTFLAGS`, which would compile
/// all dependencies again.
fn check(selection: &str) -> Outcome {
    let line = format!("cargo clippy --quiet --lib {selection} -- -D warnings");
    println!("==> {line}");
    execute(&line)
}

fn needs_no_c_compiler(selection: &str) -> Outcome {
    let line = format!("tree -p tremolo-http -e normal,build --prefix none {selection}");
    println!("==> cargo {line}");
    let output = Command::new("cargo").args(line.split_whitespace()).output();
    let output = output.map_err(|error| format!("cargo: {error}"))?;
    let tree = String::from_utf8_lossy(&output.stdout);
    if !tree.starts_with("tremolo-http ") {
        return Err(format!("cargo {line}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    match packages(&tree).any(|package| package == C_COMPILER) {
        true => Err(format!("a C compiler is needed: cargo {line} has the crate `{C_COMPILER}`")),
        false => Ok(()),
    }
}

/// The names in the output of `cargo tree --prefix none`.
fn packages(tree: &str) -> impl Iterator<Item = &str> {
    tree.lines().filter_map(|line| line.split_whitespace().next())
}

/// The names in the table `[features]` of a manifest.
fn features(manifest: &str) -> impl Iterator<Item = &str> {
    let table = manifest.lines().skip_while(|line| *line != "[features]").skip(1);
    let rows = table.take_while(|line| !line.starts_with('['));
    rows.filter(|line| !line.starts_with(['#', ' ', ']']))
        .filter_map(|line| Some(line.split_once(" = ")?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_the_keys_of_their_table() {
        let manifest = "[package]\nname = \"a\"\n\n[features]\ndefault = [\n    \"x = y\",\n]\n\
                        # z = 1\ntls = [\"dep:b\"]\n\n[dependencies]\nb = \"1\"\n";
        assert!(features(manifest).eq(["default", "tls"]));
    }

    #[test]
    fn packages_are_the_first_words() {
        assert!(packages("a v1 (/x)\ncc v2\n\n").eq(["a", "cc"]));
    }
}
