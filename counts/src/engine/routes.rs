//! Looking up a path among many routes.

use bytes::BytesMut;
use tremolo_core::Config;
use tremolo_core::http1::request::{HeadParser, RequestHead};
use tremolo_core::routing::{DecidesMethods, RouteTable, Router};
use tremolo_counts::Round;

pub(super) fn exact() -> Round {
    lookups(|at| format!("/section/{at}/page"), "/section/7777/page", 7_777)
}

pub(super) fn pattern() -> Round {
    lookups(|at| format!(r"^/section/{at}/(?P<id>\d+)$"), "/section/7777/42", 7_777 + 1)
}

pub(super) fn parameter() -> Round {
    lookups(|at| format!("/section/{at}/{{id}}"), "/section/7777/42", 7_777 + 1)
}

/// The text in which the routes differ follows a parameter.
pub(super) fn tenant() -> Round {
    lookups(|at| format!("/{{tenant}}/{at}/{{id}}"), "/section/7777/42", 7_777 + 2)
}

/// Repeats a lookup: the sum of the route's number and its parameter count must equal `expected`.
fn lookups(path: fn(usize) -> String, wanted: &str, expected: usize) -> Round {
    let (router, mut head) = (router(path), RequestHead::default());
    let mut input = BytesMut::from(format!("GET {wanted} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
    let parsed = HeadParser::default().parse(&mut input, &Config::default(), &mut head);
    assert_eq!(parsed, Ok(true), "it is a request");
    let round = move || {
        let found = router.route(&head).expect("there is such a route");
        found.target.0 + found.params.len()
    };
    assert_eq!(round(), expected, "another route is found");
    Box::new(round)
}

fn router(path: fn(usize) -> String) -> Router<Number> {
    let mut table = RouteTable::default();
    for at in 0..ROUTES {
        table.add(&path(at), Number(at)).expect("the path is one");
    }
    table.compile().expect("there is room for so many")
}

struct Number(usize);

impl DecidesMethods for Number {}

const ROUTES: usize = 10_000;
