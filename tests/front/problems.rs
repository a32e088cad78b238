//! Errors for people and for programs: the format that the client accepts, the reason in each, and
//! error types of the program (RFC 9457; RFC 9110 section 12.5.1).

use serde::Deserialize;
use serde_json::{Value, json};
use tremolo::errors::Rejection;
use tremolo::{
    Application, BoxError, Config, ErrorInfo, HandlerResult, Header, HttpError, Json, OrStatus,
    Path, Query, Request, ResponseError, ServerHandle, TypedHeader, methods,
};
use tremolo_tests::{Message, Response};

use crate::{connect, start};

const BROWSER: &str = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PROGRAM: &str = "Accept: application/json, text/plain, */*";
const CURL: &str = "Accept: */*";

#[derive(Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    count: u8,
}

struct Version;

impl TypedHeader for Version {
    const NAME: &'static str = "X-Version";

    fn parse(value: &str) -> Option<Self> {
        (value == "1").then_some(Self)
    }
}

async fn order(Json(order): Json<Order>) -> String {
    order.items.iter().map(|item| u32::from(item.count)).sum::<u32>().to_string()
}

fn application() -> Application {
    Application::new()
        .route("/order", methods::post(order))
        .route("^/number/(?P<number>.+)$", async |Path(number): Path<u8>| number.to_string())
        .route("/search", async |_: Query<Item>| "found")
        .route("/version", async |_: Header<Version>| "1")
        .route("/text", async |_: String| "read")
        .route("/conflict", async || {
            Err::<(), _>(HttpError::conflict().with_message("<taken>").with_member("field", "name"))
        })
        .route("/secret", async || std::fs::read_to_string("/nonexistent/secret"))
}

fn ask(server: &ServerHandle, path: &str, accept: &[&str]) -> Response {
    connect(server).exchange(&Message::new(&format!("GET {path}")).fields(accept))
}

#[test]
fn a_client_gets_the_format_that_it_accepts() {
    let server = start(application());
    let page = ask(&server, "/conflict", &[BROWSER]);
    assert_eq!(page.field("Content-Type"), Some("text/html; charset=utf-8"));
    assert!(page.text().contains("<h1>Conflict</h1><p>&lt;taken&gt;</p><p>field: name</p>"));
    let problem = ask(&server, "/conflict", &[PROGRAM]);
    assert_eq!(problem.field("Content-Type"), Some("application/problem+json"));
    assert_eq!(
        serde_json::from_slice::<Value>(&problem.body).unwrap(),
        json!({
            "type": "about:blank", "title": "Conflict", "status": 409, "detail": "<taken>",
            "field": "name",
        })
    );
    for accept in [&[CURL][..], &[]] {
        let text = ask(&server, "/conflict", accept);
        assert_eq!(text.field("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(text.text(), "409 Conflict\n<taken>\nfield: name\n");
    }
    for accept in [BROWSER, PROGRAM, CURL] {
        let response = ask(&server, "/conflict", &[accept]);
        assert_eq!((response.status(), response.field("Vary")), (409, Some("Accept")));
    }
}

#[test]
fn each_format_has_the_reason_of_a_refusal() {
    let config = Config { client_max_body_size: 16, max_query_fields: 2, ..Config::default() };
    let server = start(application().config(config));
    let json = "Content-Type: application/json";
    for (line, fields, body, status, reason) in [
        ("POST /order", &[json][..], r#"{"items":[{}]}"#, 422, ("field", "items[0]")),
        ("POST /order", &[json], r#"{"items": 4444}"#, 422, ("field", "items")),
        ("POST /order", &["Content-Type: a/b"], "x", 415, ("field", "Content-Type")),
        ("POST /order", &[json, "Content-Encoding: x"], "x", 415, ("field", "Content-Encoding")),
        ("POST /order", &[json], "longer than sixteen", 413, ("limit", "client_max_body_size")),
        ("POST /text", &["Content-Type: a/b; charset=?"], "x", 415, ("field", "Content-Type")),
        ("GET /number/256", &[], "", 400, ("field", "number")),
        ("GET /search?count=1000", &[], "", 422, ("field", "count")),
        ("GET /search?a&b&count=1", &[], "", 400, ("limit", "max_query_fields")),
        ("GET /version", &[], "", 400, ("field", "X-Version")),
        ("GET /version", &["X-Version: 2"], "", 400, ("field", "X-Version")),
        ("GET /version", &["Expect: 200"], "", 417, ("field", "Expect")),
    ] {
        for accept in [BROWSER, PROGRAM, CURL] {
            let message = Message::new(line).fields(fields).fields(&[accept]);
            let message = if body.is_empty() { message } else { message.body(body) };
            let response = connect(&server).exchange(&message);
            assert_eq!(response.status(), status, "{line} {response:?}");
            let (name, text) = reason;
            if response.field("Content-Type") == Some("application/problem+json") {
                let problem: Value = serde_json::from_slice(&response.body).unwrap();
                assert_eq!(problem[name], text, "{line} {problem}");
                assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
            } else {
                assert!(response.text().contains(&format!("{name}: {text}")), "{response:?}");
            }
        }
    }
}

/// CWE-209.
#[test]
fn nothing_internal_is_in_any_format() {
    let server = start(application());
    for accept in [BROWSER, PROGRAM, CURL] {
        let response = ask(&server, "/secret", &[accept]);
        assert_eq!(response.status(), 500);
        assert!(!response.text().contains("No such file"), "{response:?}");
    }
}

#[test]
fn one_line_gives_every_client_problem_details() {
    let option = Config { problem_details: true, ..Config::default() };
    for application in [application().problem_details(), application().config(option)] {
        let server = start(application);
        for accept in [BROWSER, PROGRAM, CURL] {
            for path in ["/conflict", "/nowhere", "/secret"] {
                let response = ask(&server, path, &[accept]);
                assert_eq!(response.field("Content-Type"), Some("application/problem+json"));
                assert_eq!(response.field("Vary"), None);
                let problem: Value = serde_json::from_slice(&response.body).unwrap();
                assert_eq!(problem["status"], response.status());
            }
        }
        // A request whose head cannot be read.
        let mut client = connect(&server);
        client.send("GET / HTTP/1.1\r\n\r\n");
        let response = client.read_response();
        let problem: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(problem["field"], "Host");
    }
}

#[test]
fn a_page_of_all_errors_leaves_an_errors_own_content_alone() {
    async fn page(error: ErrorInfo) -> String {
        format!("page {}", error.status())
    }
    async fn not_found() -> &'static str {
        "page of 404"
    }
    let server = start(
        application()
            .errors(page)
            .error(404, not_found)
            .route("/own", async || {
                Err::<(), _>(HttpError::conflict().with_json(&json!({"own": true})))
            })
            .route("/redirect", async || {
                Err::<(), _>(HttpError::new(303).with_header("Location", "/"))
            }),
    );
    for (path, status, text, content_type) in [
        ("/conflict", 409, "page 409", "text/html; charset=utf-8"),
        ("/secret", 500, "page 500", "text/html; charset=utf-8"),
        ("/nowhere", 404, "page of 404", "text/html; charset=utf-8"),
        ("/own", 409, r#"{"own":true}"#, "application/json"),
        ("/redirect", 303, "303 See Other\n", "text/plain; charset=utf-8"),
    ] {
        let response = ask(&server, path, &[]);
        assert_eq!((response.status(), response.text()), (status, text), "{path}");
        assert_eq!(response.field("Content-Type"), Some(content_type), "{path}");
    }
}

#[derive(Debug, thiserror::Error)]
enum ShopError {
    #[error("there is no article {0}")]
    Unknown(u64),
    #[error("the secret database")]
    Database(#[from] std::io::Error),
}

impl ResponseError for ShopError {
    fn status(&self) -> u16 {
        match self {
            Self::Unknown(_) => 404,
            Self::Database(_) => 503,
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a type of its own")]
struct Own;

impl From<Own> for HttpError {
    fn from(error: Own) -> Self {
        Self::new((418, "Teapot")).with_message(error.to_string())
    }
}

fn find(id: u64) -> Result<String, ShopError> {
    match id {
        0 => Err(std::io::Error::other("is full").into()),
        id => Err(ShopError::Unknown(id)),
    }
}

fn too_large() -> anyhow::Result<()> {
    Err(anyhow::Error::from(HttpError::payload_too_large()).context("while it was read"))
}

#[test]
fn error_types_of_the_program_answer_with_their_statuses() {
    let config = Config { client_max_body_size: 4, ..Config::default() };
    let server = start(
        Application::new()
            .config(config)
            .route("/direct", async || find(7))
            .route("/question", async || -> HandlerResult<String> { Ok(find(7)?) })
            .route("/hidden", async || find(0))
            .route("/from", async || Err::<(), _>(Own))
            .route("/boxed", async || -> Result<(), BoxError> { Ok(Err(HttpError::gone())?) })
            .route("/any", async || -> Result<String, BoxError> {
                Ok(String::from_utf8(vec![255])?)
            })
            .route("/anyhow", async || -> anyhow::Result<()> { anyhow::bail!("secret") })
            .route("/anyhow-status", async || too_large())
            .route("/anyhow-body", async |request: Request| -> anyhow::Result<String> {
                Ok(format!("{:?}", request.body().await?))
            })
            .route("/chosen", async || "x".parse::<f32>().or_status(507).map(|_| ()))
            .route("/missing", async || None::<String>.or_status(404)),
    );
    for (path, status, text) in [
        ("/direct", 404, "there is no article 7"),
        ("/question", 404, "there is no article 7"),
        ("/hidden", 503, ""),
        ("/from", 418, "a type of its own"),
        ("/boxed", 410, ""),
        ("/any", 500, ""),
        ("/anyhow", 500, ""),
        ("/anyhow-status", 413, ""),
        ("/anyhow-body", 413, "request body too large"),
        ("/chosen", 507, ""),
        ("/missing", 404, ""),
    ] {
        let message = Message::new(&format!("POST {path}")).body("too long");
        let response = connect(&server).exchange(&message);
        assert_eq!(response.status_and_text(), (status, text.to_owned()), "{path} {response:?}");
    }
    assert!(ask(&server, "/from", &[]).head.starts_with("HTTP/1.1 418 Teapot\r\n"));
}

#[test]
fn a_handler_can_match_why_an_extractor_refuses() {
    async fn order(order: Result<Json<Order>, HttpError>) -> HandlerResult<String> {
        let Err(error) = order else { return Ok("fits".to_owned()) };
        match error.rejection() {
            Some(Rejection::Unfit { what, field: Some(field), .. }) => {
                Ok(format!("{what} {field}"))
            }
            Some(Rejection::JsonSyntax(syntax)) => Ok(format!("line {}", syntax.line())),
            Some(Rejection::ContentType { expected }) => Ok(format!("send {expected}")),
            _ => Err(error),
        }
    }
    let server = start(Application::new().route("/", order));
    for (content_type, body, text) in [
        ("application/json", r#"{"items":[{"count":1}]}"#, "fits"),
        ("application/json", r#"{"items":[{"count":-1}]}"#, "JSON items[0].count"),
        ("application/json", "[", "line 1"),
        ("text/plain", "", "send application/json"),
    ] {
        let message = Message::post("/").content_type(content_type).body(body);
        assert_eq!(connect(&server).exchange(&message).text(), text, "{body}");
    }
}

#[test]
fn text_has_the_type_that_the_program_sets_for_all_responses() {
    let option = Config { default_content_type: "text/plain".to_owned(), ..Config::default() };
    for application in
        [Application::new().default_content_type("text/plain"), Application::new().config(option)]
    {
        let server = start(
            application
                .route("/", async || "<text>")
                .route("/page", async || tremolo::Html("<p>"))
                .route("/piece", || tremolo::stream! { yield "x"; }),
        );
        for _ in 0..2 {
            assert_eq!(ask(&server, "/", &[]).field("Content-Type"), Some("text/plain"));
            assert_eq!(ask(&server, "/piece", &[]).field("Content-Type"), Some("text/plain"));
            let page = ask(&server, "/page", &[]);
            assert_eq!(page.field("Content-Type"), Some("text/html; charset=utf-8"));
        }
    }
    let server = start(Application::new().default_content_type("").route("/", async || "bytes"));
    assert_eq!(ask(&server, "/", &[]).field("Content-Type"), None);
}
