//! Middleware returns the answer of the rest, or one of its own.

use tremolo::{Application, Next, Request};

async fn timed(request: Request, next: Next) -> std::time::Instant {
    let _ = next.run(request).await;
    std::time::Instant::now()
}

fn main() {
    let _ = Application::new().around(timed);
}
