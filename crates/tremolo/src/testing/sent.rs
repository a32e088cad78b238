//! A request that is on its way, while the test does something else.

use super::pending::Pending;
use super::response::TestResponse;

/// A request that was sent, from [`TestRequest::start`](super::TestRequest::start). If it is dropped,
/// the client has left.
///
/// ```
/// use std::time::Duration;
/// use tokio::time::sleep;
/// use tremolo::Application;
/// use tremolo::testing::{TestClient, block_on};
///
/// block_on(async {
///     let client = TestClient::new(Application::new().route("/", async || {
///         sleep(Duration::from_secs(60)).await;
///         "a minute later"
///     }));
///     let request = client.get("/").start();
///     client.advance(Duration::from_secs(60)).await;
///     assert_eq!(request.response().await.text().await, "a minute later");
/// });
/// ```
#[must_use = "dropping a request resets its connection"]
#[derive(Debug)]
pub struct SentRequest {
    pub(super) pending: Pending,
    /// The request line, for messages.
    what: String,
}

impl SentRequest {
    pub(super) fn new(pending: Pending, what: String) -> Self {
        Self { pending, what }
    }

    /// Waits for the head of the response.
    ///
    /// # Panics
    ///
    /// There is no response; with [`TestClient::strict`](super::TestClient::strict), its status is
    /// 500 or more.
    pub async fn response(self) -> TestResponse {
        let what = self.what;
        let is_strict = self.pending.session.is_strict;
        match self.pending.response().await {
            Ok(response) if is_strict && response.status().is_server_error() => {
                let status = response.status();
                panic!("{what}: {status}: {}", response.text().await)
            }
            Ok(response) => response,
            Err(error) => panic!("{what}: {error}"),
        }
    }

    /// The client leaves: the connection is reset. The same as dropping the request.
    pub fn abort(self) {}
}
