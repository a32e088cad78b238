//! The shortest server: `curl http://127.0.0.1:8000/hello`. `TREMOLO_BIND=[::]:80` lets it listen
//! elsewhere.

use tremolo::{Application, Listen};

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new().route("/hello", async || "Hello World!").run(Listen::configured(address))
}
