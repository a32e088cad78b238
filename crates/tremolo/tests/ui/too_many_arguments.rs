//! A handler has at most eight arguments.

use tremolo::{Application, Query};

type Q = Query<Vec<(String, String)>>;

async fn all(_: Q, _: Q, _: Q, _: Q, _: Q, _: Q, _: Q, _: Q, _: Q) {}

fn main() {
    let _ = Application::new().route("/", all);
}
