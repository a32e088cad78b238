//! Starting tasks on the runtime of this worker.
//!
//! All of them have one type. Otherwise the compiler makes the code of the runtime for each of them
//! anew: some thousand instructions, in each program.

use std::future::Future;
use std::pin::Pin;

use tokio::task::{JoinSet, spawn_local};

/// Starts a task, in an allocation of its own.
pub(crate) fn start_task(task: impl Future<Output = ()> + 'static) {
    let task: LocalTask = Box::pin(task);
    spawn_local(task);
}

/// Starts a task that ends with the set.
pub(crate) fn start_task_in(tasks: &mut JoinSet<()>, task: impl Future<Output = ()> + 'static) {
    let task: LocalTask = Box::pin(task);
    tasks.spawn_local(task);
}

type LocalTask = Pin<Box<dyn Future<Output = ()>>>;
