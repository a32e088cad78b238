//! A test without a socket.

use std::time::Duration;

use tokio::time::sleep;
use tremolo::Application;

pub fn application() -> Application {
    Application::new().route("/later", async || {
        sleep(Duration::from_secs(60)).await;
        "a minute later"
    })
}

// ANCHOR: test
#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tremolo::testing::{TestClient, block_on};

    #[test]
    fn an_answer_takes_a_minute() {
        block_on(async {
            let client = TestClient::new(super::application());
            let request = client.get("/later").upload();
            client.advance(Duration::from_secs(60)).await;
            let response = request.end().await;
            assert_eq!(response.status(), 200);
            assert_eq!(response.text().await, "a minute later");
        });
    }
}
// ANCHOR_END: test
