//! Errors, and a page of its own.

use tremolo::{Application, ErrorInfo, HttpError, Json, Path};

// ANCHOR: raise
async fn teapot() -> Result<(), HttpError> {
    Err(HttpError::new(418).with_message("short and stout"))
}

async fn share(Path(people): Path<u32>) -> Result<String, HttpError> {
    let cakes = 100_u32.checked_div(people).ok_or_else(HttpError::bad_request)?;
    Ok(format!("{cakes} cakes"))
}

async fn file() -> Result<String, HttpError> {
    Ok(std::fs::read_to_string("/nonexistent")?)
}
// ANCHOR_END: raise

// ANCHOR: page
async fn page(error: ErrorInfo) -> Json<(u16, String)> {
    Json((error.status(), error.message().to_owned()))
}
// ANCHOR_END: page

pub fn application() -> Application {
    Application::new()
        .route("/teapot", teapot)
        .route("/share/{people}", share)
        .route("/file", file)
        .error(404, page)
}
