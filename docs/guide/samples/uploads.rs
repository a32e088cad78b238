//! A form with files.

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tremolo::methods::post;
use tremolo::{Application, Handler, HttpError, Request};

// ANCHOR: upload
async fn upload(request: Request) -> Result<String, HttpError> {
    let (mut parts, mut lines) = (request.parts(), String::new());
    while let Some(part) = parts.next().await {
        let part = part?;
        if part.filename().is_none() {
            continue;
        }
        // The file has no name, and is gone when it is closed. Never use a client's name as a path.
        let (mut file, mut size) = (File::from_std(tempfile::tempfile()?), 0);
        while let Some(piece) = part.piece().await? {
            file.write_all(&piece).await?;
            size += piece.len();
        }
        lines += &format!("{}: {size} bytes\n", part.name());
    }
    Ok(lines)
}
// ANCHOR_END: upload

// ANCHOR: limit
pub fn application() -> Application {
    Application::new().route("/upload", post(upload.with_body_limit(300 << 20)))
}
// ANCHOR_END: limit
