//! A server in a program that is async itself: `main` opens a pool of connections, starts the server
//! beside what else it does, and on SIGINT or SIGTERM stops the server before it closes the pool.
//! `curl http://127.0.0.1:8000/rows/7`.

use std::error::Error;
use std::io::{Write as _, stdout};
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{AcquireError, Semaphore};
use tremolo::{Application, HttpError, Path, State};

/// What stands for the pool of a database driver: a clone is another handle of the same pool. Made
/// in the runtime of `main`, used in those of the workers.
#[derive(Clone)]
struct Pool(Arc<Semaphore>);

impl Pool {
    async fn open() -> Self {
        Self(Arc::new(Semaphore::new(CONNECTIONS as usize)))
    }

    /// Waits for a connection of the pool. An error if the pool is closed.
    async fn row(&self, number: u32) -> Result<String, AcquireError> {
        let _connection = self.0.acquire().await?;
        Ok(format!("row {number}\n"))
    }

    /// Waits for the connections that are in use, then closes all.
    async fn close(&self) -> Result<(), AcquireError> {
        self.0.acquire_many(CONNECTIONS).await?.forget();
        self.0.close();
        Ok(())
    }
}

async fn row(Path(number): Path<u32>, State(pool): State<Pool>) -> Result<String, HttpError> {
    Ok(pool.row(number).await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // Before the server listens: from then on a signal stops it, and does not end the process.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let pool = Pool::open().await;

    let server = Application::new()
        .state(pool.clone())
        .route("/rows/{number}", row)
        .listen(address)
        .start()?;
    writeln!(stdout(), "listening on {}", server.addresses().join(", "))?;

    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    // Then current requests are finished, within `shutdown_timeout`. They still use the pool. It
    // also returns if a worker cannot start, for instance.
    server.run_until(stop).await?;
    Ok(pool.close().await?)
}

const CONNECTIONS: u32 = 4;
