//! Limits of the requests of a client, in time that the test moves.

use std::time::Duration;

use tremolo::testing::{TestClient, block_on};
use tremolo::{Application, Cors, Group, RateLimit, Request};

const SECOND: Duration = Duration::from_secs(1);

async fn status(client: &TestClient, path: &str) -> (u16, Option<String>) {
    let response = client.get(path).send().await;
    let retry = response.header("Retry-After").map(str::to_owned);
    (response.status().as_u16(), retry)
}

#[test]
fn a_client_that_sends_too_many_requests_gets_429_until_its_time_has_come() {
    let application = Application::new()
        .middleware(RateLimit::new(6, 60 * SECOND).burst(2))
        .middleware(Cors::new().any_origin())
        .route("/", async || "page");
    block_on(async {
        let ada = TestClient::new(application);
        let bob = ada.clone().with_peer("192.0.2.7:1");
        assert_eq!(status(&ada, "/").await, (200, None));
        assert_eq!(status(&ada, "/nothing").await, (404, None));
        for _ in 0..3 {
            assert_eq!(status(&ada, "/").await, (429, Some("10".to_owned())));
        }
        let refused = ada.get("/").header("Origin", "https://a.test").send().await;
        assert_eq!(refused.header("Access-Control-Allow-Origin"), Some("*"));
        assert_eq!(status(&bob, "/").await, (200, None));
        ada.advance(SECOND).await;
        assert_eq!(status(&ada, "/").await, (429, Some("9".to_owned())));
        ada.advance(9 * SECOND).await;
        assert_eq!(status(&ada, "/").await, (200, None));
        assert_eq!(status(&ada, "/").await.0, 429);
    });
}

#[test]
fn an_ipv6_network_is_one_client() {
    let application =
        Application::new().middleware(RateLimit::new(1, SECOND)).route("/", async || "page");
    block_on(async {
        let client = TestClient::new(application);
        for (peer, expected) in [
            ("[2001:db8::1]:1", 200),
            ("[2001:db8::2]:1", 429),
            ("[2001:db8:0:1::1]:1", 200),
            ("[::ffff:192.0.2.1]:1", 200),
            ("192.0.2.1:2", 429),
        ] {
            let client = client.clone().with_peer(peer);
            assert_eq!(status(&client, "/").await.0, expected, "{peer}");
        }
        let unix = client.clone().with_unix_peer();
        assert_eq!(status(&unix, "/").await.0, 200);
        assert_eq!(status(&unix, "/").await.0, 429);
    });
}

#[test]
fn a_limit_of_a_group_counts_by_a_key() {
    let limit = RateLimit::new(1, SECOND)
        .clients(10)
        .key(|request: &Request| request.header("X-User").map(str::to_owned));
    let group = Group::new()
        .on_request(async move |request: Request| limit.check(&request))
        .route("/limited", async || "page");
    let application = Application::new().group(group).route("/free", async || "page");
    block_on(async {
        let client = TestClient::new(application);
        let [ada, bob] = ["ada", "bob"].map(|name| client.clone().with_header("X-User", name));
        assert_eq!(status(&ada, "/limited").await.0, 200);
        assert_eq!(status(&bob, "/limited").await.0, 200);
        assert_eq!(status(&client, "/limited").await.0, 200);
        for client in [&ada, &bob, &client] {
            assert_eq!(status(client, "/limited").await, (429, Some("1".to_owned())));
            assert_eq!(status(client, "/free").await, (200, None));
        }
    });
}
