//! A server whose options come from the environment, for the tests of stopping and of limits.

use std::future::pending;
use std::time::Duration;

use tokio::time::interval;
use tremolo::{Application, Config, Reply, Request, stream};

async fn wait() {
    pending::<()>().await;
}

/// Ends when the server stops.
async fn until_stopped(request: Request) -> impl Reply {
    stream! {
        yield format!("begun {}\n", request.is_draining());
        request.draining().await;
        yield format!("ended {}\n", request.is_draining());
    }
}

/// Makes progress, and never ends.
async fn ticks() -> impl Reply {
    stream! {
        let mut ticks = interval(Duration::from_millis(10));
        loop {
            ticks.tick().await;
            yield "tick\n";
        }
    }
}

/// A test makes a next process fail by this file, or hang if that is its text. The file shows then
/// that the process was started.
fn may_start() -> bool {
    let Some(file) = std::env::var_os("TEST_NO_START") else { return true };
    let Ok(text) = std::fs::read_to_string(&file) else { return true };
    if std::fs::remove_file(&file).is_ok() && text == "hang" {
        loop {
            std::thread::park();
        }
    }
    false
}

fn main() -> tremolo::Result<()> {
    if !may_start() {
        return Err(tremolo::Error::Setup("the test forbids it".to_owned()));
    }
    let address = std::env::args().nth(1).unwrap_or_default();
    Application::new()
        .config(Config::from_env()?)
        .route("/", async || std::process::id().to_string())
        .route("/wait", wait)
        .route("/until-stopped", until_stopped)
        .route("/ticks", ticks)
        .run(address.as_str())
}
