//! Paths with parameters.

use serde::Deserialize;
use tremolo::methods::get;
use tremolo::{Application, Path};

// ANCHOR: parameters
async fn user(Path(id): Path<u64>) -> String {
    format!("user {id}")
}

#[derive(Deserialize)]
struct Post {
    year: u16,
    slug: String,
}

async fn post(Path(post): Path<Post>) -> String {
    format!("{} of {}", post.slug, post.year)
}

async fn file(Path(rest): Path<String>) -> String {
    format!("the file {rest}")
}
// ANCHOR_END: parameters

async fn create(text: String) -> (u16, String) {
    (201, format!("created: {text}"))
}

// ANCHOR: table
pub fn application() -> Application {
    let admin = Application::new().route("/", async || "the administration");
    Application::new()
        .route("/users/{id}", user)
        .route(r"/posts/{year:\d{4}}/{slug}", post)
        .route("/files/{*rest}", file)
        .route("/notes", get(async || "all notes").post(create))
        .route(r"^/v(\d+)/status$", async |Path(version): Path<u8>| format!("version {version}"))
        .mount("/admin", admin)
}
// ANCHOR_END: table
