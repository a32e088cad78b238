//! Error pages: which errors have them, what they may change, and how their own failures are
//! handled.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use tremolo::{Application, Config, ErrorInfo, HttpError, Response, StatusCode, stream};
use tremolo_tests::Message;

use super::Trace;
use crate::{ask, connect, start};

async fn page(error: ErrorInfo) -> String {
    format!("page {}: {}", error.status(), error.message())
}

fn application() -> Application {
    Application::new()
        .route("/error", async || Err::<(), _>(HttpError::forbidden().with_message("not you")))
        .route("/panic", async || {
            if true {
                panic!("the secret of the panic");
            }
        })
        .route("/yield", || stream! { yield Err::<&str, _>(HttpError::forbidden()); })
        .route("/broken", async || std::fs::read_to_string("/nonexistent/<secret>"))
        .route("/methods", tremolo::methods::get(async || "got"))
        .route("/body", async |_: String| "read")
        .route("/bad-status", async || (999, "never"))
}

#[test]
fn every_error_has_the_page_of_its_status() {
    let config = Config { client_max_body_size: 4, ..Config::default() };
    let mut application = application().config(config);
    for status in [400, 403, 404, 405, 413, 500] {
        application = application.error(status, page);
    }
    let server = start(application);
    for (line, body, status, text) in [
        ("GET /error", "", 403, "page 403: not you"),
        ("GET /panic", "", 500, "page 500: Internal Server Error"),
        ("GET /yield", "", 403, "page 403: Forbidden"),
        ("GET /broken", "", 500, "page 500: Internal Server Error"),
        ("GET /bad-status", "", 500, "page 500: Internal Server Error"),
        ("POST /methods", "", 405, "page 405: Method Not Allowed"),
        ("GET /nowhere", "", 404, "page 404: There is nothing at /nowhere"),
        ("POST /body", "too long", 413, "page 413: request body too large"),
    ] {
        let (answered, message) = ask(&server, line, &[], body);
        assert_eq!((answered, &*message), (status, text), "{line}");
    }
    // The fields of the error are present.
    let response = connect(&server).exchange(&Message::post("/methods"));
    assert_eq!(response.field("Allow"), Some("GET, HEAD"));
    // RFC 9112 section 3.2: no Host.
    let mut client = connect(&server);
    client.send("GET / HTTP/1.1\r\n\r\n");
    let response = client.read_response();
    assert_eq!(
        (response.status(), response.text()),
        (400, "page 400: missing Host"),
        "{response:?}"
    );
}

#[test]
fn a_page_may_keep_the_built_in_body_and_change_status_and_fields() {
    let server = start(
        application()
            .error(403, async |response: Response| {
                response.set_status(StatusCode::UNAUTHORIZED)?;
                response.set_header("WWW-Authenticate", "Basic")
            })
            .error(404, async || None::<&str>)
            .error(405, async || (418, tremolo::Json("tea"))),
    );
    let response = connect(&server).ask("/error");
    assert_eq!((response.status(), response.field("WWW-Authenticate")), (401, Some("Basic")));
    assert_eq!(response.text(), "403 Forbidden\nnot you\n");
    assert_eq!(response.field("Content-Type"), Some("text/plain; charset=utf-8"));
    assert_eq!(ask(&server, "GET /lost", &[], ""), (404, "There is nothing at /lost".to_owned()));
    let response = connect(&server).exchange(&Message::post("/methods"));
    assert_eq!((response.status(), response.text()), (418, "\"tea\""));
    assert_eq!(response.field("Content-Type"), Some("application/json"));
}

#[test]
fn fields_that_the_handler_set_are_not_on_an_error_page() {
    let server =
        start(Application::new().error(403, page).route("/", async |response: Response| {
            response.set_header("X-Handler", "secret")?;
            response.set_content_type("image/png")?;
            Err::<(), _>(HttpError::forbidden().with_header("X-Error", "yes"))
        }));
    let response = connect(&server).ask("/");
    assert_eq!((response.field("X-Handler"), response.field("X-Error")), (None, Some("yes")));
    assert_eq!(response.field("Content-Type"), Some("text/html; charset=utf-8"));
}

#[test]
fn a_page_that_fails_is_a_built_in_500_and_keeps_the_connection() {
    for middleware in [false, true] {
        let trace = Trace::default();
        let mut application = application()
            .error(403, async || Err::<(), _>(HttpError::not_found().with_message("<never>")))
            .error(404, async || {
                if true {
                    panic!("the secret of the page");
                }
            })
            .error(405, async || stream! { yield "never"; })
            .error(500, async || {
                if true {
                    panic!("the secret of the page");
                }
            });
        if middleware {
            application = application.on_response(trace.noting("out"));
        }
        let server = start(application);
        let mut client = connect(&server);
        for path in ["/error", "/nowhere", "/panic", "/broken"] {
            let response = client.ask(path);
            assert_eq!(response.status(), 500, "{path}");
            assert!(!response.text().contains("secret"), "{path}: {response:?}");
            assert!(!response.text().contains("never"), "{path}: {response:?}");
        }
        assert_eq!(client.exchange(&Message::post("/methods")).status(), 500);
        assert_eq!(client.ask("/methods").text(), "got");
        assert_eq!(trace.len(), if middleware { 6 } else { 0 });
    }
}

#[test]
fn a_page_that_hangs_is_replaced_by_the_built_in_one() {
    let short = Duration::from_millis(100);
    for middleware in [false, true] {
        let mut application =
            application().error(500, async || std::future::pending::<()>().await).config(Config {
                app_handler_timeout: short,
                app_close_timeout: short,
                ..Config::default()
            });
        if middleware {
            application = application.on_request(async || ());
        }
        let server = start(application);
        let mut client = connect(&server);
        assert_eq!(client.ask("/panic").status(), 500);
        assert_eq!(client.ask("/methods").text(), "got");
    }
}

#[test]
fn a_page_receives_the_error_and_a_handler_outside_of_errors_none() {
    let server = start(
        application()
            .error(500, async |error: ErrorInfo| {
                let source = error.source().map(ToString::to_string).unwrap_or_default();
                format!("{} {source}", error.debug())
            })
            .route("/fine", async |error: Option<ErrorInfo>| error.is_none().to_string()),
    );
    let (_, message) = ask(&server, "GET /broken", &[], "");
    assert!(message.starts_with("false No such file"), "{message}");
    assert_eq!(ask(&server, "GET /fine", &[], "").1, "true");
}

#[derive(Debug)]
struct Layer(&'static str, Option<Box<Self>>);

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl tremolo::ResponseError for Layer {}

impl Error for Layer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|layer| layer as &dyn Error)
    }
}

/// CWE-209, CWE-79.
#[test]
fn the_chain_of_sources_is_shown_with_debug_only_and_escaped() {
    for debug in [false, true] {
        let deep = || {
            Layer(
                "<outer>",
                Some(Box::new(Layer("middle", Some(Box::new(Layer("in & out", None)))))),
            )
        };
        let config = Config { debug, ..Config::default() };
        let fails = async move || Err::<(), _>(deep());
        let server = start(Application::new().config(config).route("/", fails));
        let page = Message::new("GET /").fields(&["Accept: text/html"]);
        let response = connect(&server).exchange(&page);
        let chain = "&lt;outer&gt;\ncaused by: middle\ncaused by: in &amp; out";
        assert_eq!(
            (response.status(), response.text().contains(chain)),
            (500, debug),
            "{response:?}"
        );
        assert!(!response.text().contains("<outer>"));
        assert_eq!(response.text().contains("middle"), debug);
    }
}

#[test]
fn a_page_for_a_status_that_is_not_an_error_prevents_the_start() {
    for status in [0, 200, 399, 512, 999] {
        let refused = Application::new().error(status, page).listen("127.0.0.1:0").start();
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(&format!("the error page {status}")), "{error}");
    }
    for status in [400, 511] {
        drop(start(Application::new().error(status, page)));
    }
}
