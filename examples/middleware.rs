//! Middleware before and after handlers: of the crate, custom, and of a mounted application.
//! `curl -iH 'X-Token: secret' http://127.0.0.1:8000/admin`.

use std::time::{Duration, Instant};

use tremolo::{Application, Cors, Handler, HttpError, Request, RequestId, RequestIds, Response};

#[derive(Clone, Copy)]
struct Began(Instant);

async fn begin(request: Request) {
    request.extensions().insert(Began(Instant::now()));
}

async fn tell_the_time(request: Request, response: Response) -> Result<(), HttpError> {
    if let Some(Began(at)) = request.extensions().get() {
        response.set_header("Server-Timing", format!("app;dur={}", at.elapsed().as_millis()))?;
    }
    Ok(())
}

/// After an error the handler does not run, but `on_response` does.
async fn authenticate(request: Request) -> Result<(), HttpError> {
    match request.header("X-Token") {
        Some("secret") => Ok(()),
        _ => Err(HttpError::unauthorized()),
    }
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(60)).await;
    "nobody waits for this\n"
}

fn main() -> tremolo::Result<()> {
    // Its `on_request` replaces that of the outer application. It has no `on_response`, so the
    // outer one runs.
    let admin = Application::new().on_request(authenticate).route("/", async || "welcome\n");

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .middleware(RequestIds::new())
        .middleware(Cors::new().origin("https://app.example"))
        .on_request(begin)
        .on_response(tell_the_time)
        .route("/", async |id: RequestId| format!("this is request {id}\n"))
        .route("/slow", slow.with_timeout(Duration::from_millis(100)))
        .mount("/admin", admin)
        .run(address)
}
