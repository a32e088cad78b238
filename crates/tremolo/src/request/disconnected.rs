//! Learning that the client has gone, while waiting for something else.

use super::Request;

impl Request {
    /// Waits until the client has gone: its connection was reset, or a write to it failed. Then
    /// every read and write fails, and says so. Any number of tasks may wait.
    ///
    /// It also ends when the exchange is over, and there is nothing to wait for any more. A client
    /// that has only closed its sending half still waits for the answer, and has not gone. One
    /// that leaves behind more of an unread body than one buffer is noticed with the next read or
    /// write.
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
