//! Errors: a custom status and text, any error with `?`, panics, and one page for all of them.
//! `curl -i http://127.0.0.1:8000/teapot`.

use serde::Serialize;
use tremolo::{Application, ErrorInfo, HttpError, Json, Path};

async fn teapot() -> Result<(), HttpError> {
    Err(HttpError::new(418).with_message("short and stout").with_header("X-Handle", "here"))
}

/// Any other error type is a 500: the cause is logged, and not sent to the client.
async fn file() -> Result<String, HttpError> {
    Ok(std::fs::read_to_string("/nonexistent")?)
}

async fn share(Path(parts): Path<u32>) -> String {
    format!("{}\n", 100 / parts)
}

#[derive(Serialize)]
struct Page {
    status: u16,
    message: String,
}

async fn page(error: ErrorInfo) -> Json<Page> {
    Json(Page { status: error.status(), message: error.message().to_owned() })
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .route("/teapot", teapot)
        .route("/file", file)
        // A value that is not a number is a 400. 0 panics, which is a 500; the server continues.
        .route("/share/{number}", share)
        .error(400, page)
        .error(404, page)
        .error(500, page)
        .run(address)
}
