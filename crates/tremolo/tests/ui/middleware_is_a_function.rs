//! A function is not `Middleware`, which consists of several parts.

use tremolo::{Answer, Application, Next, Request};

async fn timed(request: Request, next: Next) -> Answer {
    next.run(request).await
}

fn main() {
    let _ = Application::new().middleware(timed);
}
