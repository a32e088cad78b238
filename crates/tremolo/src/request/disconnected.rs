//! Waiting until the client has left.

use super::Request;

impl Request {
    /// Waits until the client has left: its connection was reset, a write to it failed, or it has
    /// closed its sending half and [`Config::half_close`](crate::Config::half_close) does not allow
    /// that. Then every read and write fails. Any number of tasks may wait.
    ///
    /// A handler that waits here has `app_close_timeout` for its clean-up. One that waits for
    /// something else is dropped when its client leaves.
    ///
    /// It also ends when the exchange is over, and there is nothing to wait for any more. A client
    /// that leaves behind more than `buffer_size` bytes, of an unread body or of pipelined
    /// requests, is noticed with the next read or write.
    ///
    /// ```
    /// use tremolo::Request;
    ///
    /// # async fn result_of_long_work() -> String { String::new() }
    /// async fn long(request: Request) -> Option<String> {
    ///     tokio::select! {
    ///         result = result_of_long_work() => Some(result),
    ///         () = request.disconnected() => None,
    ///     }
    /// }
    /// # tremolo::Application::new().route("/", long);
    /// ```
    pub async fn disconnected(&self) {
        self.exchange.disconnected().await;
    }
}
