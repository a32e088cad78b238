//! `cargo xtask test`: what must pass before a merge, and what CI runs.
//!
//! Quick answers come first. No step sets `RUSTFLAGS`: one target directory serves them all, and
//! what clippy checked is not compiled again for the documentation. The toolchain with its
//! components comes from `rust-toolchain.toml`, so a machine with rustup and a Python needs nothing
//! else.

use crate::Outcome;
use crate::runner::{self, Step};

const STEPS: &[Step] = &[
    Step { name: "format", command: "cargo fmt --all --check" },
    // A workspace of its own; nothing of it is built here, because the peers take minutes.
    Step {
        name: "format of the benches",
        command: "cargo fmt --manifest-path benches/Cargo.toml --check",
    },
    Step {
        name: "format of the example for OpenTelemetry",
        command: "cargo fmt --manifest-path examples/opentelemetry/Cargo.toml --check",
    },
    Step {
        name: "format of the example for OpenAPI",
        command: "cargo fmt --manifest-path examples/openapi/Cargo.toml --check",
    },
    Step { name: "tidy", command: "cargo xtask tidy" },
    // Also of the tests that only `cargo xtask clients` runs.
    Step {
        name: "clippy",
        command: "cargo clippy --workspace --all-targets \
                  --features tremolo-tests/system-clients,tremolo-examples/full -- -D warnings",
    },
    Step { name: "features", command: "cargo xtask features --few" },
    Step {
        name: "docs",
        command: "RUSTDOCFLAGS=-Dwarnings cargo doc --workspace --no-deps --document-private-items \
                  --features tremolo-http/testing",
    },
    // Unit and integration tests, examples built, doctests; each runner's closing lines stay
    // in the log. A failing binary does not hide the failures of the next.
    Step {
        name: "tests",
        command: "cargo test --workspace --features tremolo-examples/full --no-fail-fast",
    },
    // Workspaces of their own, because of their dependencies.
    Step {
        name: "OpenTelemetry",
        command: "CARGO_TARGET_DIR=target/opentelemetry cargo test --quiet \
                  --manifest-path examples/opentelemetry/Cargo.toml",
    },
    // In the same folder, so that the crates of both are built once.
    Step {
        name: "OpenAPI",
        command: "CARGO_TARGET_DIR=target/opentelemetry cargo test --quiet \
                  --manifest-path examples/openapi/Cargo.toml",
    },
    // Groups 1 to 7: what all programs send. The rest sends many MiB.
    Step { name: "Autobahn", command: "cargo xtask autobahn --debug 1.* 2.* 3.* 4.* 5.* 6.* 7.*" },
    // Has steps of its own; pytest is the last of them.
    Step { name: "python", command: "cargo xtask python" },
];

pub(crate) fn run() -> Outcome {
    runner::run(STEPS)
}
