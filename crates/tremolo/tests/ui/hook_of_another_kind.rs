//! A hook of workers has no connection.

use tremolo::{Application, ConnectionContext};

async fn opened(_: ConnectionContext) {}

fn main() {
    let _ = Application::new().on_worker_start(opened);
}
