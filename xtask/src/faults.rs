//! `cargo xtask faults`: the servers while system calls fail, which strace arranges. With
//! `TEST_PYTHON` set, the tests run against the Python front, as `cargo xtask python` does it.

use crate::Outcome;
use crate::packages;
use crate::runner::execute;

const TESTS: &str = "cargo test -p tremolo-tests --features system-clients --test faults";

pub(crate) fn run() -> Outcome {
    if let Some((_, fault)) = packages::install(&[("strace", "strace")]).pop() {
        return Err(format!("without strace no call fails ({fault})"));
    }
    println!("==> faults: {TESTS}");
    execute(TESTS)
}
