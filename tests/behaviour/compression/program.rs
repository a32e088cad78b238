//! Responses of all kinds, compressed or not. Arguments: address, and `on` or `off` for
//! `compression`. `program.py` is its twin.

use std::sync::Arc;

use tokio::sync::Notify;
use tremolo::{Application, Config, Handler, HttpError, Response, StaticFiles, stream};

fn page() -> String {
    (0..4_000).map(|number| format!("line {number}\n")).collect()
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let compression = arguments.next().as_deref() == Some("on");
    let next = Arc::new(Notify::new());
    let waited = Arc::clone(&next);
    let pieces = || {
        stream! {
            for piece in page().as_bytes().chunks(777) {
                yield piece.to_vec();
            }
        }
    };
    Application::new()
        .config(Config { compression, ..Config::default() })
        .route("/page", async || page())
        .route("/pieces", pieces)
        .route("/short", || "short")
        .route("/plain", page.with_compression(false))
        .route("/coded", page.with_compression(true))
        .route("/image", async |response: Response| {
            response.set_content_type("image/png")?;
            response.end(page()).await
        })
        .route("/own", async |response: Response| {
            response.set_compression(false)?;
            response.end(page()).await
        })
        .route("/own-coded", async |response: Response| {
            response.set_compression(true)?;
            response.end(page()).await
        })
        .route("/cut", || {
            stream! {
                yield Ok("Hello");
                yield Err(HttpError::new(500));
            }
        })
        .route("/events", move || {
            let waited = Arc::clone(&waited);
            stream! {
                yield "first\n";
                waited.notified().await;
                yield "second\n";
            }
        })
        .route("/next", move || {
            next.notify_one();
            "next"
        })
        .mount("/files", StaticFiles::new(env!("CARGO_MANIFEST_DIR")))
        .run(address.as_str())
}
