//! Errors as responses: a constructor for each named status, fields, a content type, types of the
//! user; and the built-in pages (RFC 9110 section 15.5, CWE-79).

use tremolo::{Application, Config, HttpError, StatusCode, methods};
use tremolo_tests::Message;

use crate::{connect, start};

#[test]
fn each_has_the_status_of_its_name_and_keeps_the_connection() {
    type Make = fn() -> HttpError;
    let named: [(u16, &str, Make); 13] = [
        (400, "Bad Request", HttpError::bad_request),
        (401, "Unauthorized", HttpError::unauthorized),
        (403, "Forbidden", HttpError::forbidden),
        (404, "Not Found", HttpError::not_found),
        (405, "Method Not Allowed", || HttpError::method_not_allowed("GET")),
        (408, "Request Timeout", HttpError::request_timeout),
        (412, "Precondition Failed", HttpError::precondition_failed),
        (413, "Content Too Large", HttpError::payload_too_large),
        (416, "Range Not Satisfiable", HttpError::range_not_satisfiable),
        (417, "Expectation Failed", HttpError::expectation_failed),
        (429, "Too Many Requests", HttpError::too_many_requests),
        (500, "Internal Server Error", HttpError::internal_server_error),
        (503, "Service Unavailable", HttpError::service_unavailable),
    ];
    let mut application = Application::new();
    for (status, _, make) in named {
        application = application.route(&format!("/{status}"), async move || Err::<(), _>(make()));
    }
    let server = start(application);
    let mut client = connect(&server);
    for (status, reason, _) in named {
        let response = client.ask(&format!("/{status}"));
        let line = format!("HTTP/1.1 {status} {reason}\r\n");
        assert!(response.head.starts_with(&line), "{response:?}");
        assert!(response.text().contains(reason) && response.field("Date").is_some());
        assert_eq!(response.field("Content-Type"), Some("text/html; charset=utf-8"));
        assert_eq!(response.field("Allow"), (status == 405).then_some("GET"));
    }
}

/// The counterpart of a subclass in Python: any type that converts into an `HttpError`.
struct Teapot;

impl From<Teapot> for HttpError {
    fn from(_: Teapot) -> Self {
        Self::new(418)
            .with_message("<short> & stout")
            .with_header("Retry-After", "9")
            .with_header("X-Split", "a\r\nb")
    }
}

#[test]
fn fields_content_type_and_user_types_are_sent_and_html_is_escaped() {
    let server = start(
        Application::new()
            .route("/own", async || Err::<(), _>(Teapot))
            .route("/as-it-is", async || {
                let error = HttpError::from(Teapot).with_content_type("text/plain");
                Err::<(), _>(error.with_header("Retry-After", "10"))
            })
            .route("/redirect", async || {
                Err::<(), _>(HttpError::new(303).with_header("Location", "/new"))
            })
            .route("/no-status", async || Err::<(), _>(HttpError::new(199))),
    );
    let mut client = connect(&server);
    let own = client.ask("/own");
    assert_eq!((own.status(), own.field("Retry-After")), (418, Some("9")));
    assert_eq!(
        (own.status_and_text().1.as_str(), own.field("X-Split")),
        ("&lt;short&gt; &amp; stout", None)
    );
    client.send(Message::new("GET /as-it-is").bytes());
    let plain = client.read_response();
    assert_eq!(
        (plain.text(), plain.field("Content-Type")),
        ("<short> & stout", Some("text/plain"))
    );
    assert!(plain.head.contains("Retry-After: 9\r\nRetry-After: 10\r\n"), "{}", plain.head);
    let elsewhere = client.ask("/redirect");
    assert_eq!((elsewhere.status(), elsewhere.field("Location")), (303, Some("/new")));
    assert_eq!(client.ask("/no-status").status(), 500);
}

/// With and without `debug`, for all input that a client can bring into a page: its path.
#[test]
fn the_built_in_pages_of_400_404_405_and_500_contain_no_markup_of_the_client() {
    for debug in [false, true] {
        let fails = async || Err::<(), _>(std::io::Error::other("<script>in the source"));
        let parses = async |tremolo::Path(number): tremolo::Path<u8>| number.to_string();
        let server = start(
            Application::new()
                .config(Config { debug, ..Config::default() })
                .route("/fails", fails)
                .route("/methods", methods::get(async || StatusCode::OK))
                .route("^/parse/(.+)$", parses),
        );
        let mut client = connect(&server);
        for (line, status) in [
            ("GET /parse/<script>", 400),
            ("GET /<script>?<script>", 404),
            ("<script> /methods", 400),
            ("POST /methods?<script>", 405),
            ("GET /fails", 500),
        ] {
            let mut other = connect(&server);
            let response = other.exchange(&Message::new(line));
            assert_eq!(response.status(), status, "{line}");
            assert!(response.is_framed && response.text().contains("<title>"), "{response:?}");
            assert!(!response.text().contains("<script>"), "{response:?}");
            assert_eq!(response.text().contains("in the source"), debug && status == 500);
        }
        assert_eq!(client.ask("/fails").status(), 500);
    }
}
