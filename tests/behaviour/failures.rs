//! Handlers that fail or exceed their timeout (RFC 9110 section 15.6.1): the client can detect the
//! failure, and other requests are not affected.

use std::time::Duration;

use tremolo::{Application, Config, HttpError, Response, stream};
use tremolo_tests::{Client, Message};

use crate::{connect, start};

fn application() -> Application {
    Application::new()
        .route("/ok", async || "fine")
        .route("/panic", async || {
            if true {
                panic!("the secret of the panic");
            }
        })
        .route("/panic-at-once", || {
            if true {
                panic!("the secret of the panic");
            }
        })
        .route("/panic-in-stream", || {
            stream! {
                yield "Hello";
                if true {
                    panic!("the secret of the panic");
                }
            }
        })
        .route("/panic-after", async |response: Response| {
            response.write("Hello").await?;
            if true {
                panic!("the secret of the panic");
            }
            Ok::<(), HttpError>(())
        })
        .route("/panic-in-drop", async || {
            struct Bomb;
            impl Drop for Bomb {
                fn drop(&mut self) {
                    panic!("the secret of the panic");
                }
            }
            let _bomb = Bomb;
            "never seen"
        })
        .route("/error-in-stream", || {
            stream! {
                yield Ok("Hello");
                yield Err(HttpError::service_unavailable());
            }
        })
        .route("/error-first", || {
            stream! {
                yield Err::<&str, _>(HttpError::not_found().with_message("<none>"));
            }
        })
        .route("/too-short", async |response: Response| {
            response.set_header("Content-Length", "9")?;
            response.write("Hello").await
        })
        .route("/too-long", async |response: Response| {
            response.set_header("Content-Length", "9")?;
            response.write("Hello").await?;
            assert!(response.write("World").await.is_err());
            response.end("Wide").await
        })
}

#[test]
fn a_panic_before_the_head_is_a_500_without_its_text_and_keeps_the_connection() {
    let server = start(application());
    let mut other = connect(&server);
    assert_eq!(other.ask("/ok").text(), "fine");
    for path in ["/panic", "/panic-at-once", "/panic-in-drop"] {
        let mut client = connect(&server);
        let response = client.ask(path);
        assert_eq!(response.status(), 500, "{path}");
        assert!(response.is_framed && !response.text().contains("secret"), "{path}");
        assert_eq!(client.ask("/ok").text(), "fine", "{path}");
        assert_eq!(other.ask("/ok").text(), "fine", "{path}");
    }
}

#[test]
fn a_failure_after_the_head_cuts_only_its_own_response() {
    let server = start(application());
    let mut other = connect(&server);
    for path in ["/panic-after", "/panic-in-stream", "/error-in-stream", "/too-short"] {
        let mut client = connect(&server);
        client.get(path);
        let bytes = client.read_until_cut();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {text}");
        assert!(text.trim_end().ends_with("Hello"), "{path}: {text}");
        assert_eq!(other.ask("/ok").text(), "fine", "{path}");
    }
}

#[test]
fn an_error_yielded_first_is_an_escaped_error_page() {
    let server = start(application());
    let mut client = connect(&server);
    let message = Message::new("GET /error-first").fields(&["Accept: text/html"]);
    let response = client.exchange(&message);
    assert_eq!(response.status(), 404);
    assert!(response.text().contains("&lt;none&gt;"), "{response:?}");
    assert_eq!(client.ask("/ok").text(), "fine");
}

#[test]
fn a_write_beyond_the_declared_length_fails_and_the_rest_can_be_written() {
    let server = start(application());
    let mut client = connect(&server);
    assert_eq!(client.ask("/too-long").text(), "HelloWide");
    assert_eq!(client.ask("/ok").text(), "fine");
}

#[test]
fn error_text_is_shown_only_with_debug() {
    for debug in [false, true] {
        let config = Config { debug, ..Config::default() };
        let fails = async || std::fs::read_to_string("/nonexistent/<secret>");
        let server = start(Application::new().route("/", fails).config(config));
        let response = connect(&server).ask("/");
        assert_eq!(response.status(), 500);
        assert_eq!(response.text().contains("No such file"), debug, "{response:?}");
    }
}

#[test]
fn a_handler_over_its_timeout_is_cancelled() {
    let short = Duration::from_millis(200);
    let config = Config { app_handler_timeout: short, ..Config::default() };
    let never = async || {
        std::future::pending::<()>().await;
    };
    let forever = || {
        stream! {
            yield "Hello";
            std::future::pending::<()>().await;
        }
    };
    let server =
        start(application().route("/never", never).route("/forever", forever).config(config));
    let mut client = connect(&server);
    let response = client.ask("/never");
    assert_eq!((response.status(), response.is_framed), (500, true));
    let mut client: Client = connect(&server);
    client.get("/forever");
    let bytes = client.read_until_cut();
    assert!(bytes.ends_with(b"5\r\nHello\r\n"), "{}", tremolo_tests::escape(&bytes));
    assert_eq!(connect(&server).ask("/ok").text(), "fine");
}
