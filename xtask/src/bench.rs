//! `cargo xtask bench`: so far, the environments that Python peers run in.

mod python;

use crate::Outcome;

pub(crate) fn run() -> Outcome {
    python::environments()
}
