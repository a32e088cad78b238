//! Events of a test.

use std::time::Duration;

use tremolo::testing::{TestClient, block_on};
use tremolo::{Application, Event, Reply, Request, stream};

use crate::later;

async fn events(request: Request) -> impl Reply {
    let from = request.header("Last-Event-ID").and_then(|id| id.parse().ok()).unwrap_or(0_u32);
    stream! {
        yield Event::new("two\nlines").id((from + 1).to_string()).event("tick");
        later(Duration::from_secs(3600)).await;
        yield Event::new("").retry(Duration::from_secs(3));
    }
    .events()
}

#[test]
fn events_have_id_type_data_and_retry() {
    block_on(async {
        let client = TestClient::new(Application::new().route("/events", events));
        let mut stream = client.events("/events").last_event_id("41").connect().await;
        assert_eq!(stream.response().status(), 200);
        let event = stream.next().await.unwrap();
        let seen = (event.id.as_str(), event.event.as_str(), event.data.as_str(), event.retry);
        assert_eq!(seen, ("42", "tick", "two\nlines", None));
        client.advance(Duration::from_secs(3600)).await;
        let event = stream.next().await.unwrap();
        let seen = (event.id.as_str(), event.event.as_str(), event.data.as_str(), event.retry);
        assert_eq!(seen, ("42", "message", "", Some(Duration::from_secs(3))));
        assert_eq!(stream.next().await, None);
    });
}

#[test]
#[should_panic(expected = "GET /: no events: 404")]
fn a_response_that_is_no_stream_of_events_fails_the_test() {
    block_on(async {
        TestClient::new(Application::new()).events("/").connect().await;
    });
}
