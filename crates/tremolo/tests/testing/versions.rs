//! Versions of resources: validators of answers, and conditions of requests (RFC 9110 section 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tremolo::methods::get;
use tremolo::testing::{TestClient, TestResponse, block_on};
use tremolo::{Answer, Application, HttpError, Reply, Request, Response, blocking, stream};

const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn changed() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

async fn whole() -> Answer {
    "whole".into_answer().with_etag("v 1").with_last_modified(changed())
}

async fn pieces() -> Answer {
    stream! { yield "pie"; yield "ces"; }.into_answer().with_weak_etag("v1")
}

async fn replace(request: Request) -> Result<Answer, HttpError> {
    request.check_version(Some("v 1"), Some(changed()))?;
    Ok("made".into_answer().with_etag("v2"))
}

fn applications() -> [Application; 2] {
    let plain = || {
        Application::new()
            .route("/whole", get(whole).put(replace))
            .route("/pieces", pieces)
            .route("/thread", blocking(|| "thread".into_answer().with_etag("v1")))
            .route("/missing", async || whole().await.with_status(404))
    };
    [plain(), plain().on_response(async |response: Response| response.set_header("X-Seen", "1"))]
}

async fn summary(response: TestResponse) -> (u16, Option<String>, String) {
    let status = response.status().as_u16();
    let tag = response.header("ETag").map(str::to_owned);
    (status, tag, response.text().await)
}

#[test]
fn a_client_that_has_the_version_gets_304_without_a_body() {
    block_on(async {
        for client in applications().map(TestClient::new) {
            let first = client.get("/whole").send().await;
            assert_eq!(first.header("Last-Modified"), Some(CHANGED));
            let tag = Some("\"v%201\"".to_owned());
            assert_eq!(summary(first).await, (200, tag.clone(), "whole".to_owned()));
            for (name, value, status, text) in [
                ("If-None-Match", "\"v%201\"", 304, ""),
                ("If-None-Match", "\"v2\", W/\"v%201\"", 304, ""),
                ("If-Modified-Since", CHANGED, 304, ""),
                ("If-None-Match", "\"v2\"", 200, "whole"),
                ("If-Match", "\"v%201\"", 200, "whole"),
            ] {
                let answer = summary(client.get("/whole").header(name, value).send().await).await;
                assert_eq!(answer, (status, tag.clone(), text.to_owned()), "{name}: {value}");
            }
            let head = client.head("/whole").header("If-None-Match", "*").send().await;
            assert_eq!(head.status(), 304);
            let thread = client.get("/thread").header("If-None-Match", "\"v1\"").send().await;
            assert_eq!(thread.status(), 304);
            let weak = Some("W/\"v1\"".to_owned());
            let known = client.get("/pieces").header("If-None-Match", "\"v1\"").send().await;
            assert_eq!(summary(known).await, (304, weak.clone(), String::new()));
            let whole = client.get("/pieces").send().await;
            assert_eq!(summary(whole).await, (200, weak, "pieces".to_owned()));
            let missing = client.get("/missing").header("If-None-Match", "*").send().await;
            assert_eq!(missing.status(), 404);
        }
    });
}

#[test]
fn a_condition_that_does_not_hold_is_412() {
    block_on(async {
        for client in applications().map(TestClient::new) {
            let refused = client.get("/whole").header("If-Match", "\"v2\"").send().await;
            let (status, tag, text) = summary(refused).await;
            assert_eq!((status, tag), (412, None));
            assert!(text.contains("412") && !text.contains("whole"), "{text}");
            for (name, value) in [
                ("If-Match", "\"v0\""),
                ("If-None-Match", "*"),
                ("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT"),
            ] {
                let refused = client.put("/whole").header(name, value).send().await;
                assert_eq!(refused.status(), 412, "{name}: {value}");
            }
            let made = client.put("/whole").header("If-Match", "\"v%201\"").send().await;
            let expected = (200, Some("\"v2\"".to_owned()), "made".to_owned());
            assert_eq!(summary(made).await, expected);
        }
    });
}
