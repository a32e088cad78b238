//! An error type of a handler, without a status.

use tremolo::Application;

#[derive(Debug)]
struct SoldOut;

async fn order() -> Result<String, SoldOut> {
    Err(SoldOut)
}

fn main() {
    let _ = Application::new().route("/", order);
}
