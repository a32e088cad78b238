//! What runs before and after handlers.

use std::time::Instant;

use tremolo::{Answer, Application, Cors, Handler, HttpError, Next, Request, RequestIds, Response};

// ANCHOR: halves
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
// ANCHOR_END: halves

// ANCHOR: refuse
async fn authenticate(request: Request) -> Result<(), HttpError> {
    match request.header("Authorization") {
        Some("Bearer secret") => Ok(()),
        _ => Err(HttpError::unauthorized().with_header("WWW-Authenticate", "Bearer")),
    }
}
// ANCHOR_END: refuse

// ANCHOR: around
async fn cached(request: Request, next: Next) -> Answer {
    next.run(request).await.with_header("Cache-Control", "max-age=60")
}
// ANCHOR_END: around

async fn report() -> &'static str {
    "all is well"
}

// ANCHOR: application
pub fn application() -> Application {
    let admin = Application::new().on_request(authenticate).route("/", async || "welcome");
    Application::new()
        .middleware(RequestIds::new())
        .middleware(Cors::new().origin("https://app.example"))
        .on_request(begin)
        .on_response(tell_the_time)
        .route("/", async || "hello")
        .route("/report", report.around(cached))
        .mount("/admin", admin)
}
// ANCHOR_END: application
