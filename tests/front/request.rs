//! The head of a request, as the request object represents it.

use tremolo::config::TrustedProxies;
use tremolo::{Application, Config, HttpError, Request};

use crate::{ask, post_chunked, start};

/// All values about the client, in one line.
async fn meta(request: Request) -> String {
    let ip = request.ip().map_or_else(|| "none".to_owned(), |ip| ip.to_string());
    let (scheme, host) = (request.scheme(), request.host().unwrap_or("none"));
    format!("{ip} {scheme} {host} {}", request.is_secure())
}

#[track_caller]
fn assert_meta(config: Config, fields: &[&str], expected: &str) {
    let server = start(Application::new().config(config).route("/", meta));
    assert_eq!(ask(&server, "GET /", fields, ""), (200, expected.to_owned()), "{fields:?}");
}

#[test]
fn the_query_has_lists_in_the_order_of_the_wire() {
    let server = start(Application::new().route("/", async |request: Request| {
        let query = request.query()?;
        let tags: Vec<_> = query.get_all("tag").collect();
        let again = request.query()?.len();
        Ok::<_, HttpError>(format!(
            "{} {:?} {tags:?} {again}",
            request.query_string(),
            query.get("q")
        ))
    }));
    let answer = ask(&server, "GET /?tag=b&q=a+%C3%A9&tag=a&tag", &[], "");
    let expected = "tag=b&q=a+%C3%A9&tag=a&tag Some(\"a é\") [\"b\", \"a\", \"\"] 4";
    assert_eq!(answer, (200, expected.to_owned()));
    assert_eq!(ask(&server, "GET /", &[], ""), (200, " None [] 0".to_owned()));
}

#[test]
fn a_query_of_too_many_fields_is_400() {
    let config = Config { max_query_fields: 2, ..Config::default() };
    let server = start(Application::new().config(config).route("/", async |request: Request| {
        Ok::<_, HttpError>(request.query()?.len().to_string())
    }));
    assert_eq!(ask(&server, "GET /?a&b", &[], ""), (200, "2".to_owned()));
    let (status, page) = ask(&server, "GET /?a&b&c", &[], "");
    assert!(status == 400 && page.contains("too many fields in the query"), "{page}");
}

#[test]
fn headers_and_cookies_have_lists() {
    let server = start(Application::new().route("/", async |request: Request| {
        let accept: Vec<_> =
            request.headers().list("accept").map(String::from_utf8_lossy).collect();
        let cookies: Vec<_> = request.cookies().iter().collect();
        format!("{accept:?} {cookies:?} {:?}", request.header("x-none"))
    }));
    let fields = ["Accept: a, b", "Cookie: x=1; y=%20", "ACCEPT: c", "Cookie: x=\"2\""];
    let expected = r#"["a", "b", "c"] [("x", "1"), ("y", " "), ("x", "2")] None"#;
    assert_eq!(ask(&server, "GET /", &fields, ""), (200, expected.to_owned()));
}

#[test]
fn the_head_shows_the_framing_of_the_body() {
    let server = start(Application::new().route("/", async |request: Request| {
        let (kind, length) = (request.content_type(), request.content_length());
        format!("{kind:?} {length:?} {}", request.has_body())
    }));
    let fetch = |fields: &[&str], body: &str| ask(&server, "POST /", fields, body).1;
    assert_eq!(fetch(&[], ""), "None Some(0) false");
    assert_eq!(fetch(&["Content-Length: 0"], ""), "None Some(0) false");
    let text = ["Content-Type: text/plain; charset=utf-8"];
    assert_eq!(fetch(&text, "abc"), "Some(\"text/plain; charset=utf-8\") Some(3) true");
    let sender = post_chunked(&server, "/", "text/plain", b"a", 1).1;
    assert_eq!(sender, "Some(\"text/plain\") None true");
}

#[test]
fn forwarding_fields_of_a_trusted_proxy_are_used() {
    let fields = [
        "X-Forwarded-For: 6.6.6.6, 203.0.113.7",
        "X-Forwarded-Proto: https",
        "X-Forwarded-Host: b",
    ];
    assert_meta(Config::default(), &fields, "203.0.113.7 https b true");
    assert_meta(Config::default(), &[], "127.0.0.1 http test false");
}

#[test]
fn forwarding_fields_of_other_peers_are_ignored() {
    let trusted_proxies: TrustedProxies = "192.0.2.0/24, unix".parse().unwrap();
    let config = Config { trusted_proxies, trust_forwarded: true, ..Config::default() };
    let fields = ["X-Forwarded-For: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Forwarded-Host: b"];
    assert_meta(config, &fields, "127.0.0.1 http test false");
}

#[test]
fn forwarded_is_used_only_with_its_option() {
    let fields = ["Forwarded: for=203.0.113.7;proto=https;host=b", "X-Forwarded-For: 203.0.113.8"];
    assert_meta(Config::default(), &fields, "203.0.113.8 http test false");
    let config = Config { trust_forwarded: true, ..Config::default() };
    assert_meta(config, &fields, "203.0.113.7 https b true");
}

#[test]
fn an_identifier_contains_the_port_of_the_client() {
    let server = start(Application::new().route("/", async |request: Request| {
        let uid = request.uid(32);
        let port = request.client().map(|client| client.port().to_be_bytes().to_vec());
        format!("{} {}", uid.len(), port.as_deref() == uid.get(4..6))
    }));
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "32 true".to_owned()));
}

#[test]
fn the_trace_of_a_request_is_that_of_its_only_valid_field() {
    let server = start(Application::new().route("/", async |request: Request| {
        request.trace_parent().map_or_else(|| "none".to_owned(), |parent| parent.to_string())
    }));
    let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let field = format!("traceparent: {value}");
    let asked = |fields: &[&str]| ask(&server, "GET /", fields, "").1;
    assert_eq!(asked(&[&field]), value);
    assert_eq!(asked(&[&field, &field]), "none");
    assert_eq!(asked(&["traceparent: 00-0-0-01"]), "none");
    assert_eq!(asked(&[]), "none");
}
