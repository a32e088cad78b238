//! State that handlers share: per application, per worker, per connection and per request.
//! `curl http://127.0.0.1:8000/ http://127.0.0.1:8000/`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tremolo::{Application, ConnectionContext, State, WorkerContext};

/// One for all workers.
#[derive(Default)]
struct Visits(AtomicU64);

/// One per worker, so that its type need not be `Sync`.
#[derive(Clone)]
struct Greeting(String);

/// One per connection.
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
