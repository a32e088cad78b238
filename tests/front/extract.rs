//! Typed extractors: the values that they extract, and how they refuse a request.

use bytes::Bytes;
use serde::Deserialize;
use tremolo::{
    Application, Call, Config, Cookies, Form, FromCall, Header, HttpError, Json, Query, Request,
    ServerHandle, TypedHeader,
};

use tremolo_tests::Message;

use crate::{ask, connect, post, post_chunked, start};

#[derive(Deserialize)]
struct Item {
    name: String,
    count: Option<u8>,
    #[serde(default)]
    tag: Vec<String>,
}

impl Item {
    fn show(&self) -> String {
        format!("{} {:?} {:?}", self.name, self.count, self.tag)
    }
}

struct Version(u8);

impl TypedHeader for Version {
    const NAME: &'static str = "X-Version";

    fn parse(value: &str) -> Option<Self> {
        value.parse().ok().map(Version)
    }
}

const FORM_TYPE: &str = "application/x-www-form-urlencoded";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
const JSON: &str = "Content-Type: application/json; charset=utf-8";

fn server() -> ServerHandle {
    start(
        Application::new()
            .config(Config { max_query_fields: 5, ..Config::default() })
            .route("/query", async |Query(item): Query<Item>| item.show())
            .route("/form", async |Form(item): Form<Item>| item.show())
            .route("/json", async |Json(item): Json<Item>| item.show())
            .route("/bytes", async |body: Bytes| format!("{body:?}"))
            .route("/text", async |body: String| body)
            .route("/header", async |Header(Version(number)): Header<Version>| number.to_string())
            .route("/cookies", async |cookies: Cookies| format!("{:?}", cookies.get("a"))),
    )
}

#[track_caller]
fn assert_answer(line: &str, fields: &[&str], body: &str, expected: (u16, &str)) {
    let (status, text) = ask(&server(), line, fields, body);
    assert_eq!(status, expected.0, "{text}");
    assert!(text.contains(expected.1), "{text}");
}

#[test]
fn a_query_is_deserialized() {
    let item = r#"é Some(3) ["x", "y"]"#;
    assert_answer("GET /query?name=%C3%A9&tag=x&count=3&tag=y", &[], "", (200, item));
    let item = " None []";
    assert_answer("GET /query?name&other=1", &[], "", (200, item));
}

#[test]
fn a_query_of_the_wrong_type_is_422_and_one_too_long_is_400() {
    assert_answer("GET /query", &[], "", (422, "the query does not fit: missing field"));
    let why = "the query does not fit: count: ";
    assert_answer("GET /query?name=a&count=256", &[], "", (422, why));
    let why = "too many fields in the query";
    assert_answer("GET /query?name=a&b&c&d&e&f", &[], "", (400, why));
}

#[test]
fn a_form_is_deserialized() {
    let item = r#"a b None ["x"]"#;
    assert_answer("POST /form", &[FORM], "name=a+b&tag=x", (200, item));
    assert_answer("POST /form", &[FORM], "tag=x", (422, "the form does not fit: missing field"));
    assert_answer("POST /form", &[FORM], "name=a&b&c&d&e&f", (413, "too many fields in the form"));
    let why = "expected Content-Type: application/x-www-form-urlencoded";
    assert_answer("POST /form", &[], "name=a", (415, why));
    assert_answer("POST /form", &[JSON], "{}", (415, why));
}

#[test]
fn json_is_deserialized() {
    let item = "a Some(1) []";
    assert_answer("POST /json", &[JSON], r#"{"name": "a", "count": 1}"#, (200, item));
    let why = "the JSON does not fit: count: invalid";
    assert_answer("POST /json", &[JSON], r#"{"name": "a", "count": "b"}"#, (422, why));
    assert_answer("POST /json", &[JSON], r#"{"name": "a""#, (400, "invalid JSON: EOF"));
    assert_answer("POST /json", &[JSON], "", (400, "invalid JSON: EOF"));
    let why = "expected Content-Type: application/json";
    assert_answer("POST /json", &["Content-Type: text/plain"], "{}", (415, why));
}

#[test]
fn input_of_the_client_is_escaped_in_error_pages() {
    let body = r#"{"name": "a", "count": "<script>"}"#;
    assert_answer("POST /json", &[JSON, "Accept: text/html"], body, (422, "&lt;script&gt;"));
}

#[test]
fn bytes_and_text_are_the_whole_body() {
    assert_answer("POST /bytes", &[], "abc", (200, "b\"abc\""));
    assert_answer("POST /bytes", &[], "", (200, "b\"\""));
    assert_answer("POST /text", &[], "äbc", (200, "äbc"));
    let (status, why) = post(&server(), "/text", "text/plain", b"\xff");
    assert_eq!((status, why.as_str()), (400, "the body is not UTF-8"));
    let large = "Content-Length: 2097153";
    assert_answer("POST /bytes", &[large], "", (413, "request body too large"));
}

/// RFC 9110 sections 8.4, 12.5.3 and 15.5.16.
#[test]
fn encoded_content_can_be_extracted_only_as_bytes() {
    let server = server();
    let mut client = connect(&server);
    for (path, content_type) in [
        ("/text", "text/plain"),
        ("/form", "application/x-www-form-urlencoded"),
        ("/json", "application/json"),
        ("/bytes", "application/json"),
    ] {
        for (coding, is_plain) in [("gzip", false), ("zstd", false), ("identity", true)] {
            let message = Message::post(path).content_type(content_type);
            let body = if path == "/json" { r#"{"name":"a"}"# } else { "name=a" };
            let message = message.field(&format!("Content-Encoding: {coding}")).body(body);
            let came = client.exchange(&message);
            if is_plain || path == "/bytes" {
                assert_eq!(came.status(), 200, "{path} {coding}");
            } else {
                let answer = (came.status(), came.field("Accept-Encoding"));
                assert_eq!(answer, (415, Some("identity")), "{path} {coding}");
            }
        }
    }
    let message = Message::post("/json").content_type("text/plain").body("{}");
    assert_eq!(client.exchange(&message).field("Accept-Encoding"), None);
}

/// RFC 9110 section 8.3.2; RFC 8259 sections 8.1 and 11 for JSON.
#[test]
fn text_is_decoded_in_its_charset_without_byte_order_mark() {
    let server = server();
    let mark = "\u{feff}";
    let json = format!("{mark}{{\"name\":\"\u{e9}\"}}");
    let rows: &[(&str, &str, &[u8], u16, &str)] = &[
        ("/text", "text/plain; charset=iso-8859-1", b"caf\xe9", 200, "caf\u{e9}"),
        ("/text", "text/plain; charset=utf-16", b"\xfe\xff\0a", 200, "a"),
        ("/text", "text/plain; charset=utf-8", b"caf\xe9", 400, "the body is not UTF-8"),
        ("/text", "text/plain", b"caf\xe9", 400, "the body is not UTF-8"),
        ("/text", "text/plain; charset=shift_jis", b"\x83", 400, "the body is not Shift_JIS"),
        ("/text", "text/plain; charset=x-x", b"a", 415, "unsupported charset"),
        ("/text", "a/b; charset=utf-8; charset=latin1", b"a", 400, "more than one charset"),
        ("/text", "text/plain", b"\xef\xbb\xbfa", 200, "a"),
        ("/bytes", "text/plain; charset=x-x", b"caf\xe9", 200, r#"b"caf\xe9""#),
        ("/json", "application/json", json.as_bytes(), 200, "\u{e9} None []"),
        ("/json", "application/json; charset=latin1", json.as_bytes(), 200, "\u{e9} None []"),
        ("/json", "application/json; charset=x-x", json.as_bytes(), 200, "\u{e9} None []"),
        ("/form", FORM_TYPE, b"\xef\xbb\xbfname=a", 200, "a None []"),
        (
            "/form",
            "application/x-www-form-urlencoded; charset=iso-8859-1",
            b"name=%E9%26\xfc&tag=a+b%2B",
            200,
            "\u{e9}&\u{fc} None [\"a b+\"]",
        ),
        ("/form", "application/x-www-form-urlencoded; charset=x-x", b"name=a", 415, "charset"),
    ];
    for (path, content_type, body, status, text) in rows {
        for (came, message) in [
            post(&server, path, content_type, body),
            post_chunked(&server, path, content_type, body, 1),
        ] {
            assert!(
                came == *status && message.contains(text),
                "{path} {content_type}: {came} {message}"
            );
        }
    }
}

#[test]
fn headers_and_cookies_are_deserialized() {
    assert_answer("GET /header", &["x-version: 7"], "", (200, "7"));
    assert_answer("GET /header", &[], "", (400, "missing header X-Version"));
    assert_answer("GET /header", &["X-Version: 7", "X-Version: 8"], "", (400, "invalid header"));
    assert_answer("GET /cookies", &["Cookie: b=1; a=2"], "", (200, "Some(\"2\")"));
    assert_answer("GET /cookies", &[], "", (200, "None"));
}

#[test]
fn an_option_accepts_an_absent_value_but_not_a_malformed_one() {
    type Version3 = Option<Header<Version>>;
    let server = start(Application::new().route(
        "/",
        async |query: Option<Query<Item>>, json: Option<Json<Item>>, version: Version3| {
            format!("{} {} {}", query.is_some(), json.is_some(), version.is_some())
        },
    ));
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "false false false".to_owned()));
    let all = ask(&server, "GET /?name=a", &[JSON, "X-Version: 1"], r#"{"name":"a"}"#);
    assert_eq!(all, (200, "true true true".to_owned()));
    assert_eq!(ask(&server, "GET /?a", &[], "").0, 422);
    assert_eq!(ask(&server, "GET /", &[JSON], "{").0, 400);
    assert_eq!(ask(&server, "GET /", &["X-Version: x"], "").0, 400);
}

#[test]
fn a_handler_can_receive_the_refusal_as_a_result() {
    let server =
        start(Application::new().route("/", async |json: Result<Json<Item>, HttpError>| {
            json.map_or_else(|refusal| refusal.status().to_string(), |Json(item)| item.name)
        }));
    assert_eq!(ask(&server, "POST /", &[JSON], "{"), (200, "400".to_owned()));
    assert_eq!(ask(&server, "POST /", &[JSON], r#"{"name":"a"}"#), (200, "a".to_owned()));
}

#[test]
fn several_extractors_see_the_same_body() {
    let server = start(Application::new().route(
        "/",
        async |text: String, Json(item): Json<Item>, request: Request, bytes: Bytes| {
            let again = request.body().await?;
            Ok::<_, HttpError>(format!(
                "{} {}",
                item.name,
                text.as_bytes() == bytes && bytes == again
            ))
        },
    ));
    assert_eq!(ask(&server, "POST /", &[JSON], r#"{"name":"a"}"#), (200, "a true".to_owned()));
}

#[test]
fn a_tuple_is_as_many_extractors_and_absent_if_one_of_them_is() {
    type Both = (Query<Item>, Header<Version>);
    let server = start(
        Application::new()
            .route("/both", async |(Query(item), Header(version)): Both| {
                format!("{} {}", item.name, version.0)
            })
            .route("/maybe", async |both: Option<Both>| both.is_some().to_string()),
    );
    let version = &["X-Version: 7"];
    assert_eq!(ask(&server, "GET /both?name=a", version, ""), (200, "a 7".to_owned()));
    assert_eq!(ask(&server, "GET /both?name=a", &[], "").0, 400);
    assert_eq!(ask(&server, "GET /maybe?name=a", version, "").1, "true");
    assert_eq!(ask(&server, "GET /maybe?name=a", &[], "").1, "false");
    assert_eq!(ask(&server, "GET /maybe?a", version, "").0, 422);
}

#[test]
fn an_extractor_can_store_a_value_for_the_handler() {
    #[derive(Clone)]
    struct User(String);
    struct Guard;
    impl FromCall for Guard {
        async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
            let request = call.request();
            let user = request.header("X-User").ok_or_else(HttpError::unauthorized)?;
            request.extensions().insert(User(user.to_owned()));
            Ok(Self)
        }
    }
    let server = start(Application::new().route("/", async |_: Guard, request: Request| {
        request.extensions().get().map(|User(name)| name)
    }));
    assert_eq!(ask(&server, "GET /", &["X-User: ada"], ""), (200, "ada".to_owned()));
    assert_eq!(ask(&server, "GET /", &[], "").0, 401);
}
