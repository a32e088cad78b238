//! Errors: a custom status and text, an error type with a status for each value, errors of other
//! crates, panics, and one page for all of them. `curl -i http://127.0.0.1:8000/teapot`.

use std::fmt;

use serde::Serialize;
use tremolo::{
    Application, ErrorInfo, HandlerResult, HttpError, Json, OrStatus, Path, ResponseError,
};

async fn teapot() -> Result<(), HttpError> {
    Err(HttpError::new(418).with_message("short and stout").with_header("X-Handle", "here"))
}

/// An error of the system is a 500: the cause is logged, and not sent to the client.
async fn file() -> HandlerResult<String> {
    Ok(std::fs::read_to_string("/nonexistent")?)
}

/// Any other error gets its status where it occurs.
async fn config() -> HandlerResult<String> {
    std::fs::read_to_string("/nonexistent").or_status(503)
}

/// What goes wrong in the shop. `thiserror` writes `Display` and `Error` for it as well.
#[derive(Debug)]
enum ShopError {
    Unknown(u64),
    SoldOut,
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(id) => write!(f, "there is no article {id}"),
            Self::SoldOut => f.write_str("sold out"),
        }
    }
}

impl std::error::Error for ShopError {}

impl ResponseError for ShopError {
    fn status(&self) -> u16 {
        match self {
            Self::Unknown(_) => 404,
            Self::SoldOut => 409,
        }
    }
}

async fn order(Path(id): Path<u64>) -> Result<String, ShopError> {
    match id {
        1 => Ok("ordered\n".to_owned()),
        2 => Err(ShopError::SoldOut),
        id => Err(ShopError::Unknown(id)),
    }
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
        .route("/config", config)
        .route(r"^/orders/(\d+)$", order)
        // A value that is not a number is a 400. 0 panics, which is a 500; the server continues.
        .route("/share/{number}", share)
        .errors(page)
        .run(address)
}
