//! A function is no layer: with `Next` it is given to `around`.

use tremolo::{Answer, Application, Next, Request};

async fn timed(request: Request, next: Next) -> Answer {
    next.run(request).await
}

fn main() {
    let _ = Application::new().layer(timed);
}
