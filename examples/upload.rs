//! An upload page: select files, watch their progress, get their sizes and SHA-256 checksums.
//!
//! `cargo run --release --features full --example upload`, then open <http://127.0.0.1:8000/>. The server reads the
//! files part by part, so that only one piece is in memory. It sends a line of JSON for each file
//! as soon as it is complete: `curl -N -F file=@one -F file=@two http://127.0.0.1:8000/upload`.

use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tremolo::{Answer, Application, Config, Handler, Html, HttpError, Reply, Request, stream};

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // An upload may take up to an hour.
    let config = Config { app_handler_timeout: Duration::from_secs(3_600), ..Config::default() };
    Application::new()
        .config(config)
        .route("/", async || Html(include_str!("upload.html")))
        .route("/upload", upload.with_body_limit(10 << 30))
        .run(address)
}

async fn upload(request: Request) -> Answer {
    let mut parts = request.parts();
    let lines = stream! {
        while let Some(part) = parts.next().await {
            let part = part?;
            let Some(filename) = part.filename() else { continue };
            let (mut size, mut sha256) = (0, Sha256::new());
            while let Some(piece) = part.piece().await? {
                size += piece.len() as u64;
                sha256.update(&piece);
            }
            let sha256: String =
                sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            let line = json!({ "name": filename, "size": size, "sha256": sha256 });
            yield Ok::<_, HttpError>(format!("{line}\n"));
        }
    };
    lines.into_answer().with_content_type("application/x-ndjson")
}
