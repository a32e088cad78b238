//! Options of single handlers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tremolo::{Application, Config, Handler, HttpError, Request, Response, RouteOption, stream};

use crate::{ask, connect, start};

#[test]
fn status_content_type_and_chunks_are_those_of_the_option_unless_the_handler_sets_them() {
    let text = async || "text";
    let server = start(
        Application::new()
            .route("/status", text.with_status(201))
            .route("/reason", text.with_status((299, "Fine Enough")))
            .route("/type", text.with_content_type("text/plain"))
            .route("/chunked", text.with_chunked(true))
            .route("/all", text.with_status(202).with_content_type("text/x").with_chunked(true))
            .route("/own", (async || (203, "text")).with_status(201))
            .route("/inner", text.with_status(201).with_status(202))
            .route("/yield", (|| stream! { yield "text"; }).with_status(201))
            .route("/unframed", (|| stream! { yield "text"; }).with_chunked(false))
            .route("/write", (async |r: Response| r.end("text").await).with_status(201)),
    );
    for (path, status, content_type, chunked) in [
        ("/status", 201, None, false),
        ("/reason", 299, None, false),
        ("/type", 200, Some("text/plain"), false),
        ("/chunked", 200, None, true),
        ("/all", 202, Some("text/x"), true),
        ("/own", 203, None, false),
        ("/inner", 201, None, false),
        ("/yield", 201, None, true),
        ("/write", 201, None, false),
    ] {
        let response = connect(&server).ask(path);
        assert_eq!((response.status(), response.text()), (status, "text"), "{path}");
        let content_type = content_type.unwrap_or("text/html; charset=utf-8");
        assert_eq!(response.field("Content-Type"), Some(content_type), "{path}");
        let coding = chunked.then_some("chunked");
        assert_eq!(response.field("Transfer-Encoding"), coding, "{path}");
    }
    let response = connect(&server).ask("/unframed");
    assert_eq!((response.text(), response.is_framed), ("text", false));
    let response = connect(&server).ask("/reason");
    assert!(response.head.starts_with("HTTP/1.1 299 Fine Enough\r\n"), "{response:?}");
}

#[test]
fn an_error_and_a_middleware_that_halts_do_not_have_the_status_of_the_handler() {
    let halts = async |request: Request| request.header("X-Halt").map(str::to_owned);
    let fails = async || Err::<(), _>(HttpError::forbidden());
    let server = start(
        Application::new()
            .on_request(halts)
            .route("/", (async || "made").with_status(201))
            .route("/fails", fails.with_status(201)),
    );
    assert_eq!(ask(&server, "GET /", &[], ""), (201, "made".to_owned()));
    assert_eq!(ask(&server, "GET /", &["X-Halt: no"], ""), (200, "no".to_owned()));
    assert_eq!(ask(&server, "GET /fails", &[], "").0, 403);
}

#[test]
fn a_rate_applies_only_to_its_handler() {
    const SIZE: usize = 192 << 10;
    let body = async || vec![b'x'; SIZE];
    let server =
        start(Application::new().route("/slow", body.with_rate(1 << 20)).route("/fast", body));
    let time = |path| {
        let (mut client, start) = (connect(&server), Instant::now());
        assert_eq!(client.ask(path).body.len(), SIZE);
        start.elapsed()
    };
    // All but the first sixteenth of a second.
    assert!(time("/slow") >= Duration::from_millis(115));
    assert!(time("/fast") < time("/slow"));
}

/// The chunks show which pieces were sent together.
#[test]
fn pieces_wait_for_half_a_buffer_if_the_response_does_not_stream() {
    let letters = || stream! { for letter in ["a", "b", "c", "d", "e"] { yield letter; } };
    let asks = async |response: Response| {
        response.set_buffer_size(4)?;
        response.set_streaming(false)?;
        Ok::<_, HttpError>(tremolo::Pieces(["a", "b", "c"].into_iter()))
    };
    let fails = || {
        stream! {
            yield Ok("a");
            yield Err(HttpError::forbidden());
        }
    };
    let threads = tremolo::blocking(|| tremolo::Pieces(["a", "b", "c", "d", "e"].into_iter()));
    let server = start(
        Application::new()
            .route("/streams", letters)
            .route("/gathers", letters.with_streaming(false).with_buffer_size(8))
            .route("/threads", threads.with_streaming(false).with_buffer_size(8))
            .route("/asks", asks)
            .route("/whole", letters.with_streaming(false))
            .route("/fails", fails.with_streaming(false)),
    );
    let chunks = |path: &str| {
        let mut client = connect(&server);
        client.send(tremolo_tests::Message::new(&format!("GET {path}")).closing().bytes());
        let answer = String::from_utf8(client.read_to_end()).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.replace("\r\n", "|")
    };
    assert_eq!(chunks("/streams"), "1|a|1|b|1|c|1|d|1|e|0||");
    assert_eq!(chunks("/gathers"), "4|abcd|1|e|0||");
    assert_eq!(chunks("/threads"), "4|abcd|1|e|0||");
    assert_eq!(chunks("/asks"), "2|ab|1|c|0||");
    assert_eq!(chunks("/whole"), "abcde");
    assert_eq!(ask(&server, "GET /fails", &[], "").0, 403);
}

#[derive(Clone, Debug)]
struct Role(&'static str);

#[test]
fn a_typed_option_is_available_to_middleware_extractors_and_the_handler() {
    let guard = async |role: Option<RouteOption<Role>>, request: Request| {
        let role = role.map_or("nobody", |RouteOption(Role(role))| role);
        assert_eq!(request.option::<Role>().map_or("nobody", |role| role.0), role);
        match request.header("X-Role") {
            Some(given) if given == role => Ok(()),
            _ => Err(HttpError::forbidden().with_message(role)),
        }
    };
    let shows = async |RouteOption(Role(role)): RouteOption<Role>| role;
    let server = start(
        Application::new()
            .on_request(guard)
            .route("/admin", shows.with_option(Role("admin")))
            .route("/both", shows.with_option(Role("inner")).with_option(3_u8))
            .route("/methods", tremolo::methods::get(shows.with_option(Role("reader"))))
            .route("/none", async |role: Option<RouteOption<Role>>| format!("{role:?}")),
    );
    for (path, role) in [("/admin", "admin"), ("/both", "inner"), ("/methods", "reader")] {
        let field = format!("X-Role: {role}");
        assert_eq!(ask(&server, &format!("GET {path}"), &[&field], ""), (200, role.to_owned()));
        assert_eq!(ask(&server, &format!("GET {path}"), &[], ""), (403, role.to_owned()));
    }
    assert_eq!(ask(&server, "GET /none", &["X-Role: nobody"], ""), (200, "None".to_owned()));
}

#[test]
fn without_middleware_a_typed_option_is_available_and_a_missing_one_is_a_500() {
    let shows = async |RouteOption(Role(role)): RouteOption<Role>| role;
    let server = start(
        Application::new().route("/", shows.with_option(Role("admin"))).route("/missing", shows),
    );
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "admin".to_owned()));
    assert_eq!(ask(&server, "GET /missing", &[], "").0, 500);
}

/// The limit of a route applies to the middleware that reads its body.
#[test]
fn a_body_limit_applies_before_the_handler_runs() {
    let reads = async |request: Request| request.body().await.map(drop);
    let size = async |request: Request| Ok::<_, HttpError>(request.body().await?.len().to_string());
    let server = start(Application::new().on_request(reads).route("/", size.with_body_limit(4)));
    assert_eq!(ask(&server, "POST /", &[], "1234"), (200, "4".to_owned()));
    assert_eq!(ask(&server, "POST /", &[], "12345").0, 413);
}

#[test]
fn an_invalid_option_prevents_the_start() {
    let text = async || "text";
    for (application, why) in [
        (Application::new().route("/x", text.with_status(99)), "with_status(99)"),
        (Application::new().route("/x", text.with_status((200, "a\nb"))), "the route /x"),
        (Application::new().route("/x", text.with_content_type("a\r\nb")), "with_content_type"),
        (
            Application::new().route("/x", tremolo::methods::get(text.with_status(700))),
            "with_status(700)",
        ),
    ] {
        let error = application.listen("127.0.0.1:0").start().unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

/// A cancelled handler is dropped: its values are released.
#[test]
fn a_handler_over_its_timeout_is_a_503_or_a_cut_and_is_dropped() {
    struct Noting(super::Trace);
    impl Drop for Noting {
        fn drop(&mut self) {
            self.0.note("dropped");
        }
    }
    let short = Duration::from_millis(1);
    let trace = super::Trace::default();
    let hangs = {
        let trace = trace.clone();
        async move || {
            let _noting = Noting(trace.clone());
            std::future::pending::<()>().await;
        }
    };
    let begins = async |response: Response| {
        response.write("begun").await?;
        std::future::pending::<Result<(), HttpError>>().await
    };
    let release = Arc::new(Notify::new());
    let streams = {
        let release = Arc::clone(&release);
        move || {
            let release = Arc::clone(&release);
            stream! {
                yield "be";
                release.notified().await;
                yield "gun";
            }
        }
    };
    let server = start(
        Application::new()
            .error(503, async || "not in time")
            .route("/hangs", hangs.with_timeout(short).with_status(201))
            .route("/begins", begins.with_timeout(Duration::from_millis(50)))
            .route("/streams", streams.with_timeout(short))
            .route("/body", (async |body: String| body).with_timeout(Duration::from_millis(50)))
            .route("/quick", (async || "quick").with_timeout(Duration::from_secs(60))),
    );
    let mut streaming = connect(&server);
    streaming.get("/streams");
    assert!(streaming.fill(1).unwrap());
    // The stream has waited this long already.
    assert_eq!(connect(&server).ask("/hangs").status_and_text(), (503, "not in time".to_owned()));
    assert_eq!(trace.take(), ["dropped"]);
    release.notify_one();
    assert_eq!(streaming.read_response().status_and_text(), (200, "begun".to_owned()));
    assert_eq!(connect(&server).ask("/quick").status_and_text(), (200, "quick".to_owned()));
    let mut client = connect(&server);
    client.get("/begins");
    let cut = client.read_until_cut();
    assert!(cut.ends_with(b"5\r\nbegun\r\n"), "{}", tremolo_tests::escape(&cut));
    // The time of an extractor counts too.
    let mut client = connect(&server);
    client.send("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell");
    assert_eq!(client.read_response().status(), 503);
}

/// The option of a handler may be longer or shorter than the configuration.
#[test]
fn a_handler_timeout_may_exceed_that_of_the_configuration() {
    let short = Duration::from_millis(50);
    let longer = async move || {
        let later = tokio::time::Instant::now() + short * 4;
        let never = std::future::pending::<()>();
        tokio::time::timeout_at(later, never).await.unwrap_err();
        "late"
    };
    let on_thread = tremolo::blocking(move || {
        let begun = Instant::now();
        while begun.elapsed() < short * 4 {
            std::thread::park_timeout(short);
        }
        "late"
    });
    let streams = move || {
        stream! {
            yield "begun";
            std::future::pending::<()>().await;
        }
    };
    let long = Duration::from_secs(3_600);
    let config = Config { app_handler_timeout: short, ..Config::default() };
    let server = start(
        Application::new()
            .route("/", longer.with_timeout(long))
            .route("/thread", on_thread.with_timeout(long))
            .route("/global", longer)
            .route("/streams", streams.with_timeout(long))
            .config(config),
    );
    for path in ["/", "/thread"] {
        assert_eq!(
            connect(&server).ask(path).status_and_text(),
            (200, "late".to_owned()),
            "{path}"
        );
    }
    assert_eq!(connect(&server).ask("/global").status(), 500);
    // The handler has returned its stream: from now on the timeout of the configuration applies.
    let mut client = connect(&server);
    client.get("/streams");
    assert!(client.read_until_cut().ends_with(b"5\r\nbegun\r\n"));
}

#[test]
fn options_may_be_above_and_below_the_configuration() {
    let text = "x".repeat(100);
    let (echo, says) = (async |body: String| body, async move || "x".repeat(10_000));
    for (compression, client_max_body_size) in [(false, 10), (true, 1_000)] {
        let config = Config { compression, client_max_body_size, ..Config::default() };
        let server = start(
            Application::new()
                .route("/more", echo.with_body_limit(100))
                .route("/less", echo.with_body_limit(99))
                .route("/coded", says.with_compression(true))
                .route("/plain", says.with_compression(false))
                .config(config),
        );
        assert_eq!(ask(&server, "POST /more", &[], &text).0, 200);
        assert_eq!(ask(&server, "POST /less", &[], &text).0, 413);
        for (path, coded) in [("/coded", true), ("/plain", false)] {
            let mut client = connect(&server);
            client.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"));
            let response = client.read_response();
            assert_eq!(response.field("Content-Encoding").is_some(), coded, "{path}");
        }
    }
}
