//! A type without `Deserialize` as the body of a request.

use tremolo::{Application, Json};

struct Note;

async fn create(_: Json<Note>) {}

fn main() {
    let _ = Application::new().route("/", create);
}
