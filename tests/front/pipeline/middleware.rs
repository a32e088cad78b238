//! `on_request` and `on_response`: order, early responses, and what each may change.

use tremolo::{Answer, Application, ErrorInfo, HttpError, LeaveOpen, Request, Response, stream};
use tremolo_tests::Message;

use super::Trace;
use crate::{ask, connect, start};

fn traced(trace: &Trace) -> Application {
    Application::new()
        .on_request(trace.noting("in 1"))
        .on_response(trace.noting("out 1"))
        .on_request(trace.noting("in 2"))
        .on_request(trace.noting("in 3"))
        .on_response(trace.noting("out 2"))
        .on_response(trace.noting("out 3"))
        .on_request(trace.noting("in 4"))
        .on_response(trace.noting("out 4"))
}

const IN: [&str; 4] = ["in 1", "in 2", "in 3", "in 4"];
const OUT: [&str; 4] = ["out 4", "out 3", "out 2", "out 1"];

#[test]
fn earlier_lines_run_first_on_requests_and_last_on_responses() {
    let trace = Trace::default();
    let server = start(traced(&trace).route("/", trace.noting("handler")).route("/text", {
        let trace = trace.clone();
        async move || {
            trace.note("handler");
            "text"
        }
    }));
    assert_eq!(ask(&server, "GET /text", &[], "").0, 200);
    let expected = [&IN[..], &["handler"], &OUT].concat();
    assert_eq!(trace.take(), expected);
    // No head is sent, so `on_response` does not run.
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(client.read_to_end(), b"");
    assert_eq!(trace.take(), [&IN[..], &["handler"]].concat());
    // Without a route, the middleware still runs.
    assert_eq!(ask(&server, "GET /nowhere", &[], "").0, 404);
    assert_eq!(trace.take(), [IN, OUT].concat());
}

#[test]
fn a_response_an_error_or_a_panic_halts_and_none_continues() {
    let trace = Trace::default();
    let chooses = async |request: Request, response: Response| -> Result<Answer, HttpError> {
        use tremolo::Reply;
        Ok(match &*request.path() {
            "/body" => "halted".into_answer(),
            "/status" => tremolo::StatusCode::ACCEPTED.into_answer(),
            "/stream" => stream! { yield "hal"; yield "ted"; }.into_answer(),
            "/error" => return Err(HttpError::forbidden().with_message("halted")),
            "/panic" => panic!("halted"),
            "/hand" => {
                response.end("halted").await?;
                Answer::nothing()
            }
            "/raw" => {
                response.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhalted").await?;
                Answer::nothing()
            }
            "/open" => {
                tokio::spawn(async move { response.end("halted").await });
                LeaveOpen.into_answer()
            }
            "/fields" => Answer::nothing().with_header("X-Seen", "yes"),
            _ => None::<&str>.into_answer(),
        })
    };
    let handler = |trace: &Trace| {
        let trace = trace.clone();
        async move || {
            trace.note("handler");
            "served"
        }
    };
    let mut application = Application::new()
        .on_request(trace.noting("in 1"))
        .on_request(chooses)
        .on_request(trace.noting("in 3"))
        .on_response(trace.noting("out"));
    for path in ["/body", "/status", "/stream", "/error", "/panic", "/hand", "/raw", "/open"] {
        application = application.route(path, handler(&trace));
    }
    let server = start(application.route("/go", handler(&trace)).route("/fields", handler(&trace)));
    for (path, status, text) in [
        ("/body", 200, "halted"),
        ("/status", 202, ""),
        ("/stream", 200, "halted"),
        ("/error", 403, "halted"),
        ("/panic", 500, ""),
        ("/hand", 200, "halted"),
        ("/open", 200, "halted"),
    ] {
        let response = connect(&server).ask(path);
        assert_eq!(response.status(), status, "{path}");
        assert!(response.text().contains(text), "{path}: {response:?}");
        assert_eq!(trace.take(), ["in 1", "out"], "{path}");
    }
    let mut client = connect(&server);
    client.get("/raw");
    assert!(client.read_to_end().ends_with(b"\r\n\r\nhalted"));
    assert_eq!(trace.take(), ["in 1"]);
    for (path, seen) in [("/go", None), ("/fields", Some("yes"))] {
        let response = connect(&server).ask(path);
        assert_eq!((response.text(), response.field("X-Seen")), ("served", seen), "{path}");
        assert_eq!(trace.take(), ["in 1", "in 3", "handler", "out"], "{path}");
    }
}

#[test]
fn a_value_stored_by_middleware_is_available_later() {
    #[derive(Clone)]
    struct User(&'static str);
    let trace = Trace::default();
    let seen = trace.clone();
    let application = Application::new()
        .on_request(async |request: Request| request.extensions().insert(User("ada")))
        .on_response(async move |request: Request, error: Option<ErrorInfo>| {
            let user = request.extensions().get::<User>().map(|user| user.0);
            seen.note(format!("{user:?} {:?}", error.map(|error| error.status())));
        })
        .route("/", async |request: Request| request.extensions().get::<User>().map(|user| user.0))
        .route("/panic", async || {
            if true {
                panic!("as ordered");
            }
        });
    let server = start(application);
    assert_eq!(ask(&server, "GET /", &[], ""), (200, "ada".to_owned()));
    assert_eq!(ask(&server, "GET /panic", &[], "").0, 500);
    assert_eq!(ask(&server, "GET /nowhere", &[], "").0, 404);
    assert_eq!(
        trace.take(),
        ["Some(\"ada\") None", "Some(\"ada\") Some(500)", "Some(\"ada\") Some(404)"]
    );
}

#[test]
fn a_body_of_on_response_replaces_only_a_returned_body() {
    let application = Application::new()
        .on_response(async || (tremolo::StatusCode::ACCEPTED, "replaced"))
        .route("/return", async || "original")
        .route("/yield", || stream! { yield "original"; })
        .route("/write", async |response: Response| response.write("original").await)
        .route("/end", async |response: Response| response.end("original").await);
    let server = start(application);
    for (path, status, text) in [
        ("/return", 202, "replaced"),
        ("/nowhere", 202, "replaced"),
        ("/yield", 200, "original"),
        ("/write", 200, "original"),
        ("/end", 200, "original"),
    ] {
        let response = connect(&server).ask(path);
        assert_eq!((response.status(), response.text()), (status, text), "{path}");
    }
}

#[test]
fn an_error_of_on_response_is_the_response_and_does_not_run_it_again() {
    let trace = Trace::default();
    let application = Application::new()
        .on_response(trace.noting("never"))
        .on_response(async |request: Request| match request.header("X-Panic") {
            Some(_) => panic!("as ordered"),
            None => Err::<(), _>(HttpError::service_unavailable().with_message("not today")),
        })
        .on_response(trace.noting("first"))
        .route("/return", async || "secret")
        .route("/yield", || stream! { yield "secret"; })
        .route("/write", async |response: Response| {
            let error = response.write("secret").await.unwrap_err();
            assert!(error.to_string().contains("ended"), "{error}");
        })
        .route("/end", async |response: Response| response.end("secret").await)
        .route("/error", async || Err::<(), _>(HttpError::forbidden()));
    let server = start(application);
    for path in ["/return", "/yield", "/write", "/end", "/error", "/nowhere"] {
        let mut client = connect(&server);
        let response = client.ask(path);
        assert_eq!(
            (response.status(), response.text().contains("not today")),
            (503, true),
            "{path}"
        );
        let message = Message::new(&format!("GET {path}")).field("X-Panic: yes");
        let response = client.exchange(&message);
        assert_eq!(
            (response.status(), response.text().contains("ordered")),
            (500, false),
            "{path}"
        );
        assert_eq!(trace.take(), ["first", "first"], "{path}");
    }
}
