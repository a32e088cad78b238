//! A type without `Serialize` as JSON.

use tremolo::{Application, Json};

struct Note;

async fn note() -> Json<Note> {
    Json(Note)
}

fn main() {
    let _ = Application::new().route("/", note);
}
