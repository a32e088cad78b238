//! Waiting until the server shuts down.

use super::Request;

impl Request {
    /// Waits until the server shuts down. It waits for running requests, at most
    /// [`Config::shutdown_timeout`](crate::Config::shutdown_timeout): a handler that would go on for
    /// long ends here, and its client goes to the next server. Any number of tasks may wait.
    ///
    /// ```
    /// use tremolo::{Reply, Request, stream};
    ///
    /// # async fn next_tick() -> String { String::new() }
    /// async fn ticks(request: Request) -> impl Reply {
    ///     stream! {
    ///         loop {
    ///             tokio::select! {
    ///                 tick = next_tick() => yield tick,
    ///                 () = request.draining() => break,
    ///             }
    ///         }
    ///         yield "the server stops; come again".to_owned();
    ///     }
    /// }
    /// # tremolo::Application::new().route("/", ticks);
    /// ```
    pub async fn draining(&self) {
        self.exchange.shared().worker().draining.begins().await;
    }

    /// Whether the server shuts down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.exchange.shared().worker().draining.has_begun()
    }
}
