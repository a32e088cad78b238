//! Methods of any name (RFC 9110 section 9.1).

use tremolo::methods::{get, on};
use tremolo::testing::{TestClient, block_on};
use tremolo::{Application, Method, Request};

async fn name(request: Request) -> String {
    request.method().to_string()
}

fn method(name: &str) -> Method {
    name.parse().expect("it is a token")
}

/// A method is any token, and its name is case-sensitive.
#[test]
fn a_method_of_any_name_has_its_handler() {
    let application = Application::new()
        .route("/notes", get(name).on("QUERY", async |text: String| format!("has {text}")))
        .route("/dav", on("PROPFIND", name).on(method("VERSION-CONTROL"), name));
    block_on(async {
        let client = TestClient::new(application);
        let found = client.request(method("QUERY"), "/notes").body("x").send().await;
        assert_eq!(found.text().await, "has x");
        for name in ["PROPFIND", "VERSION-CONTROL"] {
            assert_eq!(client.request(method(name), "/dav").send().await.text().await, name);
        }
        for (name, path, allow) in [
            ("query", "/notes", "GET, HEAD, QUERY"),
            ("POST", "/notes", "GET, HEAD, QUERY"),
            ("GET", "/dav", "PROPFIND, VERSION-CONTROL"),
        ] {
            let refused = client.request(method(name), path).send().await;
            let answer = (refused.status().as_u16(), refused.header("Allow"));
            assert_eq!(answer, (405, Some(allow)), "{name} {path}");
        }
    });
}

#[test]
fn a_name_that_is_no_method_prevents_the_start() {
    for bad in ["A B", ""] {
        let application = Application::new().route("/here", on(bad, name));
        let error = TestClient::try_new(application).expect_err("it does not start").to_string();
        assert!(error.contains("the route /here") && error.contains("token"), "{error}");
    }
}
