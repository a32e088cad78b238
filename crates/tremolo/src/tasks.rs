//! Tasks beside the handler: bound to its connection, or to the application.

use std::future::Future;
use std::sync::Arc;

use crate::catch_panic::catch_async_panic;
use crate::local_task::start_task;
use crate::race::race;
use crate::server::Server;

impl Server {
    /// Starts a task on this worker that ends with the connection: when that is closed, by
    /// either side, the task is dropped at its next `.await`. It continues after the handler has
    /// returned.
    ///
    /// ```
    /// use tremolo::Server;
    ///
    /// # async fn tick() {}
    /// async fn watch(server: Server) -> &'static str {
    ///     server.create_task(async {
    ///         loop {
    ///             tick().await;
    ///         }
    ///     });
    ///     "watching for as long as you are connected"
    /// }
    /// # tremolo::Application::new().route("/", watch);
    /// ```
    pub fn create_task(&self, task: impl Future<Output = ()> + 'static) {
        let shared = Arc::clone(self.request.exchange().shared());
        start_task(logged(async move {
            race(shared.watch(|connection| connection.is_closed()), task).await;
        }));
    }

    /// Starts a task on this worker that survives the connection. When the server stops it is
    /// waited for, after the last connection and within `shutdown_timeout`; then it is dropped.
    ///
    /// ```
    /// use tremolo::Server;
    ///
    /// # async fn send_mail(_: String) {}
    /// async fn order(server: Server) -> &'static str {
    ///     let mail = format!("order from {:?}", server.request.ip());
    ///     server.spawn(send_mail(mail));
    ///     "thank you"
    /// }
    /// # tremolo::Application::new().route("/", order);
    /// ```
    pub fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let tasks = &self.request.exchange().shared().resources().tasks;
        start_task(tasks.count(logged(task)));
    }
}

/// A task whose panic is logged, and ends only the task.
async fn logged(task: impl Future<Output = ()>) {
    // The panic is in the log.
    let _ = catch_async_panic("a task", || Box::pin(task)).await;
}
