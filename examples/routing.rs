//! Routing: paths with typed parameters, methods, and a mounted application.
//! `curl http://127.0.0.1:8000/users/7/posts/2026`.

use serde::Deserialize;
use tremolo::methods::get;
use tremolo::{Application, Path};

async fn user(Path(id): Path<u64>) -> String {
    format!("user {id}\n")
}

#[derive(Deserialize)]
struct Posts {
    user: u64,
    year: Option<u16>,
}

async fn posts(Path(posts): Path<Posts>) -> String {
    match posts.year {
        Some(year) => format!("what user {} wrote in {year}\n", posts.user),
        None => format!("all that user {} wrote\n", posts.user),
    }
}

async fn file(Path(path): Path<String>) -> String {
    format!("the file {path}\n")
}

async fn note(text: String) -> (u16, String) {
    (201, format!("noted: {text}\n"))
}

fn main() -> tremolo::Result<()> {
    let admin = Application::new()
        .route("/", async || "the administration\n")
        .route("/users", async || "all users\n");

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/", async || "/users/7, /users/7/posts/2026, /files/a/b, /notes, /admin/users\n")
        .route("/notes", get(async || "no notes\n").post(note))
        .route("/users/{id}", user)
        .route("/users/{user}/posts", posts)
        // Only four digits are a year; anything else is a 404.
        .route(r"/users/{user}/posts/{year:\d{4}}", posts)
        .route("/files/{*path}", file)
        .mount("/admin", admin)
        .run(address)
}
