//! The sets of peers: those of the Rust front, those of the Python front, and servers of ASGI
//! applications.

use crate::scenarios::Scenario;

/// Peers that are compared with each other.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// The peer whose ratio to all others is shown.
    pub(crate) ours: &'static str,
    /// The peer that is 1 in the ratios.
    pub(crate) base: &'static str,
    /// The peers that offer a scenario.
    pub(crate) names: fn(&Scenario) -> &'static [&'static str],
}

/// The sets, in the order of the report.
pub(crate) const SETS: [Set; 3] = [
    Set { name: "rust", ours: "ours", base: "hyper", names: |scenario| scenario.rust },
    Set {
        name: "python",
        ours: "tremolo-uvloop",
        base: "granian-rsgi",
        names: |scenario| scenario.python,
    },
    Set { name: "asgi", ours: "tremolo-asgi", base: "uvicorn", names: |scenario| scenario.asgi },
];
