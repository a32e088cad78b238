//! What a worker accepts connections from.

use std::future::Future;
use std::io;
use std::sync::Arc;

use tokio::task::JoinSet;
use tremolo_net::Listening;

use super::accept::Watched;
use super::accept_loop::AcceptLoop;
use crate::local_task::start_task_in;

/// What a worker accepts connections from. It outlives a worker that panics and starts again.
pub(super) trait Acceptor: Send + 'static {
    /// Starts the tasks that accept: one for each listener of the server, in their order.
    fn start(&self, loops: Vec<AcceptLoop>, tasks: &mut JoinSet<()>) -> io::Result<()>;

    /// The server shuts down: new clients go elsewhere, if they can.
    fn hold_back(&self);

    /// Accepts what has come before the tasks were stopped.
    fn sweep(&self, loops: Vec<AcceptLoop>) -> impl Future<Output = ()>;

    /// New clients are refused from now on.
    fn close(&mut self);
}

/// The listening sockets of a worker, one for each listener.
impl Acceptor for Vec<Arc<Listening>> {
    fn start(&self, loops: Vec<AcceptLoop>, tasks: &mut JoinSet<()>) -> io::Result<()> {
        for (listening, accept_loop) in self.iter().zip(loops) {
            let watched = Watched::new(listening)?;
            start_task_in(tasks, accept_loop.run(watched));
        }
        Ok(())
    }

    fn hold_back(&self) {
        self.iter().for_each(|listening| listening.hold_back());
    }

    async fn sweep(&self, loops: Vec<AcceptLoop>) {
        for (listening, accept_loop) in self.iter().zip(loops) {
            accept_loop.sweep(listening).await;
        }
    }

    fn close(&mut self) {
        // New clients are refused, and do not wait in a queue that is not read any more.
        self.clear();
    }
}
