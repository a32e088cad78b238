//! `cargo xtask pages`: the pages of the examples and of the guide in Chromium, at two widths, light
//! and dark. `axe-core` looks for faults of accessibility; the pictures are for people to look at.

use crate::Outcome;
use crate::clients;
use crate::docs;
use crate::packages;
use crate::runner::{self, Step};

const PROGRAMS: &[(&str, &str)] =
    &[("chromium", "chromium"), ("chromedriver", "chromium-driver"), ("npm", "npm")];

const CHECKS: &[Step] = &[
    Step { name: "axe-core", command: clients::FOR_NODE },
    Step {
        name: "pages",
        command: "cargo test -p tremolo-tests --features system-clients --test clients pages:: -- \
                  --include-ignored",
    },
];

pub(crate) fn run() -> Outcome {
    if let Some((program, fault)) = packages::install(PROGRAMS).first() {
        return Err(format!("{program}: {fault}"));
    }
    docs::build_guide()?;
    runner::run(CHECKS)?;
    println!("==> look at target/tmp/pages");
    Ok(())
}
