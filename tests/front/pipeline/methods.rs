//! Method tables of routes (RFC 9110 sections 9.1, 9.3.2, 15.5.6).

use tremolo::methods::{delete, get, on, patch, post, put};
use tremolo::{Application, Handler, Method, Request, StatusCode, stream};
use tremolo_tests::Message;

use crate::{ask, connect, start};

async fn name(request: Request) -> String {
    request.method().to_string()
}

#[test]
fn each_method_has_its_handler_and_others_get_405_with_allow() {
    let server = start(
        Application::new()
            .route("/all", get(name).post(name).put(name).patch(name).delete(name))
            .route("/write", post(name).put(name))
            .route("/options", on(Method::OPTIONS, async || StatusCode::NO_CONTENT).get(name))
            .route("/any", post(name).any(async || "any"))
            .route("/put", put(name))
            .route("/patch", patch(name))
            .route("/delete", delete(name)),
    );
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(ask(&server, &format!("{method} /all"), &[], ""), (200, method.to_owned()));
    }
    for (line, allow) in [
        ("OPTIONS /all", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("PROPFIND /all", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("GET /write", "POST, PUT"),
        ("POST /options", "GET, HEAD, OPTIONS"),
        ("POST /put", "PUT"),
        ("POST /patch", "PATCH"),
        ("POST /delete", "DELETE"),
    ] {
        let mut client = connect(&server);
        let response = client.exchange(&Message::new(line));
        assert_eq!((response.status(), response.field("Allow")), (405, Some(allow)), "{line}");
        assert_eq!(client.ask("/all").text(), "GET", "{line}");
    }
    for (line, text) in [("POST /any", "POST"), ("GET /any", "any"), ("BREW /any", "any")] {
        assert_eq!(ask(&server, line, &[], ""), (200, text.to_owned()), "{line}");
    }
    let response = connect(&server).exchange(&Message::new("OPTIONS /options"));
    assert_eq!(response.status(), 204);
}

/// The later registration takes precedence, for every method.
#[test]
fn a_method_that_is_missing_does_not_fall_through_to_an_earlier_route() {
    let server = start(
        Application::new()
            .route("/exact", name)
            .route("/exact", get(name))
            .route(r"^/pattern/\w+$", post(name))
            .route(r"^/pattern/a$", get(name))
            .route("^/both", post(name))
            .route("/both", get(name)),
    );
    for path in ["/exact", "/pattern/a", "/both"] {
        let response = connect(&server).exchange(&Message::new(&format!("POST {path}")));
        let answer = (response.status(), response.field("Allow"));
        assert_eq!(answer, (405, Some("GET, HEAD")), "{path}");
    }
    assert_eq!(ask(&server, "POST /pattern/b", &[], ""), (200, "POST".to_owned()));
}

/// RFC 9110 section 15.5.6: a path has one list of methods, from all registrations together.
#[test]
fn tables_for_one_path_are_merged() {
    let later = async || "later";
    let server = start(
        Application::new()
            .route("/t", get(name))
            .route("/t/", post(name).with_status(201))
            .route("/t", put(name))
            .route("/caf\u{e9}", get(name).post(name))
            .route("/caf%c3%a9", post(later))
            .route("^/p/.$", get(name))
            .route("^/p/[a-z]$", async || "between")
            .route("^/p/.$", post(name))
            .route("/any", get(name).any(async || "any"))
            .route("/any", post(later))
            .route("/all", get(name).post(name))
            .route("/all", later),
    );
    for (line, status, text) in [
        ("GET /t", 200, "GET"),
        ("POST /t", 201, "POST"),
        ("PUT /t/", 200, "PUT"),
        ("GET /caf%C3%A9", 200, "GET"),
        ("POST /caf%C3%A9", 200, "later"),
        // The merged table has the position of its last registration.
        ("GET /p/a", 200, "GET"),
        ("POST /p/a", 200, "POST"),
        ("GET /any", 200, "GET"),
        ("POST /any", 200, "later"),
        ("PUT /any", 200, "any"),
        ("POST /all", 200, "later"),
        ("GET /all", 200, "later"),
    ] {
        assert_eq!(ask(&server, line, &[], ""), (status, text.to_owned()), "{line}");
    }
    for (line, allow) in [("DELETE /t", "GET, HEAD, POST, PUT"), ("TRACE /p/x", "GET, HEAD, POST")]
    {
        let response = connect(&server).exchange(&Message::new(line));
        assert_eq!((response.status(), response.field("Allow")), (405, Some(allow)), "{line}");
    }
    let mut client = connect(&server);
    client.send(Message::new("HEAD /t").closing().bytes());
    let head = String::from_utf8(client.read_to_end()).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
}

#[test]
fn head_runs_get_without_its_body_unless_it_has_its_own_handler() {
    let own = async || tremolo::Answer::whole("").with_header("X-Own", "yes");
    let server = start(
        Application::new()
            .route("/get", get(name))
            .route("/own", get(name).on(Method::HEAD, own))
            .route("/post", post(name)),
    );
    for (path, status, length, own) in
        [("/get", 200, Some("4"), None), ("/own", 200, Some("0"), Some("yes"))]
    {
        let mut client = connect(&server);
        client.send(Message::new(&format!("HEAD {path}")).closing().bytes());
        let head = String::from_utf8(client.read_to_end()).unwrap();
        assert!(
            head.starts_with(&format!("HTTP/1.1 {status}")) && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        let field = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name))
                .map(|value| value.trim_start_matches(": "))
        };
        assert_eq!((field("Content-Length"), field("X-Own")), (length, own), "{head}");
    }
    let mut client = connect(&server);
    client.send(Message::new("HEAD /post").closing().bytes());
    let head = String::from_utf8(client.read_to_end()).unwrap();
    assert!(head.starts_with("HTTP/1.1 405") && head.contains("Allow: POST\r\n"), "{head}");
}

#[test]
fn methods_have_options_and_replies_of_every_kind() {
    let created = (async || "made").with_status(201);
    let server = start(
        Application::new()
            .route("/", get(|| stream! { yield "pie"; yield "ces"; }).post(created))
            .route("/limited", post(async |body: String| body).with_body_limit(3)),
    );
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "pieces".to_owned()));
    assert_eq!(ask(&server, "POST /", &[], ""), (201, "made".to_owned()));
    assert_eq!(ask(&server, "POST /limited", &[], "abc"), (200, "abc".to_owned()));
    assert_eq!(ask(&server, "POST /limited", &[], "abcd").0, 413);
}

#[test]
fn a_method_registered_twice_prevents_the_start() {
    let twice = get(name).post(name).get(name);
    let refused = Application::new().route("/here", twice).listen("127.0.0.1:0").start();
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("the route /here") && error.contains("GET"), "{error}");
}
