//! A file and a folder.

use tremolo::{Application, HttpError, Response, StaticFiles};

// ANCHOR: one
async fn notes(response: Response) -> Result<(), HttpError> {
    response.sendfile("public/notes.txt").await?;
    Ok(())
}
// ANCHOR_END: one

// ANCHOR: folder
pub fn application() -> Application {
    Application::new().route("/notes", notes).mount("/static", StaticFiles::new("public"))
}
// ANCHOR_END: folder
