//! Middleware: of the crate, before and after handlers, around them, of a group of routes, of a
//! mounted application, and a layer of `tower-http`.
//! `curl -iH 'X-Token: secret' http://127.0.0.1:8000/admin`.

use std::time::{Duration, Instant};

use tower_http::trace::TraceLayer;
use tremolo::{
    Answer, Application, Cors, Group, Handler, HttpError, Next, Request, RequestId, RequestIds,
    Response,
};

/// Runs the handler, and adds its time to the answer.
async fn timed(request: Request, next: Next) -> Answer {
    let began = Instant::now();
    let answer = next.run(request).await;
    answer.with_header("Server-Timing", format!("app;dur={}", began.elapsed().as_millis()))
}

/// Runs before the head of every response, also of one that a handler writes itself.
async fn stamp(response: Response) -> Result<(), HttpError> {
    Ok(response.set_header("X-Frame-Options", "DENY")?)
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
    "no client waits for this\n"
}

fn main() -> tremolo::Result<()> {
    // Its middleware runs inside that of the outer application.
    let admin = Application::new().on_request(authenticate).route("/", async || "welcome\n");

    // Routes with middleware in common, without a prefix.
    let reports = Group::new()
        .layer(TraceLayer::new_for_http())
        .around(timed)
        .route("/daily", async || "all is well\n")
        .route("/slow", slow.with_timeout(Duration::from_millis(100)));

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .middleware(RequestIds::new())
        .middleware(Cors::new().origin("https://app.example"))
        .on_response(stamp)
        .route("/", (async |id: RequestId| format!("this is request {id}\n")).around(timed))
        .group(reports)
        .mount("/admin", admin)
        .run(address)
}
