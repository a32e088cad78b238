//! An error of another crate, without a status.

#[derive(Debug)]
struct Foreign;

impl std::fmt::Display for Foreign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("foreign")
    }
}

impl std::error::Error for Foreign {}

fn fails() -> Result<String, Foreign> {
    Err(Foreign)
}

async fn handler() -> tremolo::HandlerResult<String> {
    Ok(fails()?)
}

fn main() {
    let _ = tremolo::Application::new().route("/", handler);
}
