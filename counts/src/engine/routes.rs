//! Looking a path up among very many routes.

use tremolo_core::routing::{RouteTable, Router};
use tremolo_counts::Round;

pub(super) fn exact() -> Round {
    lookups(|at| format!("/section/{at}/page"), b"/section/7777/page", 7_777)
}

pub(super) fn pattern() -> Round {
    lookups(|at| format!(r"^/section/{at}/(?P<id>\d+)$"), b"/section/7777/42", 7_777 + 1)
}

/// Finds a route again and again: its number and how many parameters it has make `expected`.
fn lookups(path: fn(usize) -> String, wanted: &'static [u8], expected: usize) -> Round {
    let router = router(path);
    let round = move || {
        let found = router.find(wanted, wanted).expect("there is such a route");
        *found.target + found.params.len()
    };
    assert_eq!(round(), expected, "another route is found");
    Box::new(round)
}

fn router(path: fn(usize) -> String) -> Router<usize> {
    let mut table = RouteTable::default();
    for at in 0..ROUTES {
        table.add(&path(at), at).expect("the path is one");
    }
    table.compile().expect("there is room for so many")
}

const ROUTES: usize = 10_000;
