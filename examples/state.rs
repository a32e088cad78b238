//! What handlers share: the state of the application, and what a worker, a connection and a request
//! keep. `curl http://127.0.0.1:8000/ http://127.0.0.1:8000/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tremolo::{Application, ConnectionContext, State, WorkerContext};

/// All workers share it.
#[derive(Default)]
struct Visits(AtomicU64);

/// Each worker has its own, so that it may be what only one thread can use well.
#[derive(Clone)]
struct Greeting(String);

/// Each connection has its own.
#[derive(Clone, Copy, Default)]
struct Requests(u64);

async fn hello(
    State(visits): State<Arc<Visits>>,
    worker: WorkerContext,
    connection: ConnectionContext,
) -> Option<String> {
    let visit = visits.0.fetch_add(1, Ordering::Relaxed) + 1;
    let Requests(before) = connection.get().unwrap_or_default();
    connection.insert(Requests(before + 1));
    let Greeting(greeting) = worker.get()?;
    Some(format!("{greeting}: visit {visit}, request {} of its connection\n", before + 1))
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .state(Arc::new(Visits::default()))
        .on_worker_start(async |worker: WorkerContext| {
            worker.insert(Greeting(format!("Hello from worker {}", worker.index())));
        })
        .route("/", hello)
        .run(address)
}
