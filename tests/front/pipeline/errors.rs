//! Errors as responses: a constructor for each named status, fields, a content type, types of the
//! user; and the built-in pages (RFC 9110 section 15.5, CWE-79).

use tremolo::{Application, Config, HttpError, StatusCode, methods};
use tremolo_tests::Message;

use crate::{connect, start};

const BROWSER: &str = "Accept: text/html";

#[test]
fn each_has_the_status_of_its_name_and_keeps_the_connection() {
    type Make = fn() -> HttpError;
    let named: &[(u16, &str, Make)] = &[
        (400, "Bad Request", HttpError::bad_request),
        (401, "Unauthorized", HttpError::unauthorized),
        (402, "Payment Required", HttpError::payment_required),
        (403, "Forbidden", HttpError::forbidden),
        (404, "Not Found", HttpError::not_found),
        (405, "Method Not Allowed", || HttpError::method_not_allowed("GET")),
        (406, "Not Acceptable", HttpError::not_acceptable),
        (407, "Proxy Authentication Required", HttpError::proxy_authentication_required),
        (408, "Request Timeout", HttpError::request_timeout),
        (409, "Conflict", HttpError::conflict),
        (410, "Gone", HttpError::gone),
        (411, "Length Required", HttpError::length_required),
        (412, "Precondition Failed", HttpError::precondition_failed),
        (413, "Content Too Large", HttpError::payload_too_large),
        (414, "URI Too Long", HttpError::uri_too_long),
        (415, "Unsupported Media Type", HttpError::unsupported_media_type),
        (416, "Range Not Satisfiable", HttpError::range_not_satisfiable),
        (417, "Expectation Failed", HttpError::expectation_failed),
        (421, "Misdirected Request", HttpError::misdirected_request),
        (422, "Unprocessable Content", HttpError::unprocessable_content),
        (423, "Locked", HttpError::locked),
        (424, "Failed Dependency", HttpError::failed_dependency),
        (425, "Too Early", HttpError::too_early),
        (426, "Upgrade Required", HttpError::upgrade_required),
        (428, "Precondition Required", HttpError::precondition_required),
        (429, "Too Many Requests", HttpError::too_many_requests),
        (431, "Request Header Fields Too Large", HttpError::request_header_fields_too_large),
        (451, "Unavailable For Legal Reasons", HttpError::unavailable_for_legal_reasons),
        (500, "Internal Server Error", HttpError::internal_server_error),
        (501, "Not Implemented", HttpError::not_implemented),
        (502, "Bad Gateway", HttpError::bad_gateway),
        (503, "Service Unavailable", HttpError::service_unavailable),
        (504, "Gateway Timeout", HttpError::gateway_timeout),
        (505, "HTTP Version Not Supported", HttpError::http_version_not_supported),
        (506, "Variant Also Negotiates", HttpError::variant_also_negotiates),
        (507, "Insufficient Storage", HttpError::insufficient_storage),
        (508, "Loop Detected", HttpError::loop_detected),
        (511, "Network Authentication Required", HttpError::network_authentication_required),
    ];
    let mut application = Application::new();
    for &(status, _, make) in named {
        application = application.route(&format!("/{status}"), async move || Err::<(), _>(make()));
    }
    let server = start(application);
    let mut client = connect(&server);
    for &(status, reason, _) in named {
        let path = format!("GET /{status}");
        let response = client.exchange(&Message::new(&path).fields(&[BROWSER]));
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
    let own = client.exchange(&Message::new("GET /own").fields(&[BROWSER]));
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
            let response = other.exchange(&Message::new(line).fields(&[BROWSER]));
            assert_eq!(response.status(), status, "{line}");
            // A request line that cannot be read has no fields: the page is text.
            let is_page = response.text().contains("<title>") || line.starts_with('<');
            assert!(response.is_framed && is_page, "{response:?}");
            assert!(!response.text().contains("<script>"), "{response:?}");
            assert_eq!(response.text().contains("in the source"), debug && status == 500);
        }
        assert_eq!(client.ask("/fails").status(), 500);
    }
}
