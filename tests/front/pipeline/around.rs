//! Middleware with `next`: of an application, a mounted one, a group and one handler.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::Notify;
use tremolo::methods::{get, post};
use tremolo::{
    Answer, Application, Config, ErrorInfo, Group, Handler, HttpError, Next, Path, Reply, Request,
    Response, RouteOption, State, WebSocket, stream,
};
use tremolo_tests::frames::{Socket, handshake};
use tremolo_tests::{Message, wait_until};

use super::Trace;
use crate::{Dropped, ask, connect, start};

/// Middleware that records when the rest begins and ends.
fn around(
    trace: &Trace,
    name: &'static str,
) -> impl AsyncFn(Request, Next) -> Answer + Send + Sync + 'static + use<> {
    let trace = trace.clone();
    async move |request: Request, next: Next| {
        trace.note(format!("{name} in"));
        let answer = next.run(request).await;
        trace.note(format!("{name} out"));
        answer
    }
}

fn handler(trace: &Trace) -> impl AsyncFn() -> &'static str + Send + Sync + 'static + use<> {
    let trace = trace.clone();
    async move || {
        trace.note("handler");
        "text"
    }
}

/// The table in the documentation of `Application::around`.
#[test]
fn the_order_is_that_of_the_table() {
    let trace = Trace::default();
    let inner_group = Group::new().around(around(&trace, "inner group")).route(
        "/grouped/deep",
        handler(&trace)
            .around(around(&trace, "own"))
            .on_request(trace.noting("own before"))
            .around(around(&trace, "outermost own")),
    );
    let group = Group::new()
        .route("/grouped", handler(&trace))
        .around(around(&trace, "group"))
        .on_request(trace.noting("group before"))
        .group(inner_group);
    let mounted = Application::new()
        .group(group)
        .route("/plain", handler(&trace))
        .on_request(trace.noting("mounted first"))
        .around(around(&trace, "mounted"))
        .on_response(trace.noting("mounted response"));
    let server = start(
        Application::new()
            .on_response(trace.noting("response"))
            .on_request(trace.noting("first"))
            .around(around(&trace, "1"))
            .on_request(trace.noting("before"))
            .around(around(&trace, "2"))
            .mount("/m", mounted)
            .route("/x", handler(&trace)),
    );
    let outer_in = ["first", "1 in", "before", "2 in"];
    let outer_out = ["2 out", "1 out"];
    let mounted_in = ["mounted first", "mounted in"];
    let heads = ["mounted response", "response"];
    let check = |path: &str, status: u16, expected: Vec<&str>| {
        assert_eq!(ask(&server, &format!("GET {path}"), &[], "").0, status, "{path}");
        assert_eq!(trace.take(), expected, "{path}");
    };
    check("/x", 200, [&outer_in[..], &["handler"], &outer_out, &["response"]].concat());
    check("/nowhere", 404, [&outer_in[..], &outer_out, &["response"]].concat());
    let mounted = |inside: &[&'static str]| {
        [&outer_in[..], &mounted_in, inside, &["mounted out"], &outer_out, &heads].concat()
    };
    check("/m/plain", 200, mounted(&["handler"]));
    check("/m/nowhere", 404, mounted(&[]));
    let grouped = ["group in", "group before", "handler", "group out"];
    check("/m/grouped", 200, mounted(&grouped));
    let deep = [
        &["group in", "group before", "inner group in"][..],
        &["outermost own in", "own before", "own in", "handler", "own out", "outermost own out"],
        &["inner group out", "group out"],
    ];
    check("/m/grouped/deep", 200, mounted(&deep.concat()));
}

#[test]
fn it_answers_itself_changes_the_request_and_the_answer_and_catches_errors() {
    #[derive(Clone)]
    struct User(&'static str);
    let middleware = async |request: Request, next: Next| -> Result<Answer, HttpError> {
        match &*request.path() {
            "/early" => return Ok("early".into_answer()),
            "/refused" => return Err(HttpError::forbidden()),
            "/panic-before" => panic!("as ordered"),
            _ => request.extensions().insert(User("ada")),
        }
        let answer = next.run(request.clone()).await;
        Ok(match answer.error().map(HttpError::status) {
            Some(418) => (202, "caught").into_answer(),
            Some(500) if request.path() == "/panic" => "caught a panic".into_answer(),
            Some(_) => answer.with_header("X-Error", "seen"),
            None => answer.with_header("X-After", "yes").with_header("X-Set", "replaced"),
        })
    };
    let user = async |request: Request| request.extensions().get::<User>().map(|user| user.0);
    let mut application = Application::new().around(middleware);
    for path in ["/early", "/refused", "/panic-before"] {
        application = application.route(path, async || "never");
    }
    let server = start(
        application
            .route("/user", user)
            .route("/set", async |response: Response| {
                response.set_header("X-Set", "handler")?;
                Ok::<_, HttpError>((201, "made"))
            })
            .route("/teapot", async || Err::<(), _>(HttpError::new(418)))
            .route("/conflict", async || {
                Err::<(), _>(HttpError::new(409).with_header("X-Own", "yes"))
            })
            .route("/panic", async || {
                if true {
                    panic!("as ordered");
                }
            })
            .error(409, async |error: ErrorInfo| format!("page of {}", error.status())),
    );
    for (path, status, text, fields) in [
        ("/early", 200, "early", &[][..]),
        ("/refused", 403, "Forbidden", &[]),
        ("/panic-before", 500, "", &[]),
        ("/user", 200, "ada", &[("X-After", "yes")]),
        ("/set", 201, "made", &[("X-After", "yes"), ("X-Set", "replaced")]),
        ("/teapot", 202, "caught", &[]),
        ("/conflict", 409, "page of 409", &[("X-Error", "seen"), ("X-Own", "yes")]),
        ("/panic", 200, "caught a panic", &[]),
        ("/nowhere", 404, "nothing at /nowhere", &[("X-Error", "seen")]),
    ] {
        let mut client = connect(&server);
        let response = client.ask(path);
        assert_eq!(response.status(), status, "{path}");
        assert!(response.text().contains(text), "{path}: {}", response.text());
        for (name, value) in fields {
            assert_eq!(response.field(name), Some(*value), "{path} {name}");
        }
        // The connection is still usable.
        assert_eq!(client.ask("/user").text(), "ada", "{path}");
    }
}

#[test]
fn streams_and_written_pieces_pass_at_once() {
    let (sent, waits) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let trace = Trace::default();
    let (notify, wait) = (Arc::clone(&sent), Arc::clone(&waits));
    let by_hand = (Arc::clone(&sent), Arc::clone(&waits));
    let server = start(
        Application::new()
            .around(around(&trace, "around"))
            .around(async |request: Request, next: Next| {
                next.run(request).await.with_header("X-After", "yes")
            })
            .route("/stream", move || {
                let (notify, wait) = (Arc::clone(&notify), Arc::clone(&wait));
                stream! {
                    yield "first";
                    notify.notify_one();
                    wait.notified().await;
                    yield "second";
                }
            })
            .route("/write", async move |response: Response| {
                response.write("first").await?;
                by_hand.0.notify_one();
                by_hand.1.notified().await;
                response.end("second").await
            }),
    );
    for (path, after, noted) in [
        ("/stream", Some("yes"), ["around in", "around out"]),
        // Its head was sent before the middleware could change it.
        ("/write", None, ["around in", "around out"]),
    ] {
        let mut client = connect(&server);
        client.get(path);
        let mut head = Vec::new();
        while !head.ends_with(b"first\r\n") {
            head.extend(client.read_exactly(1));
        }
        waits.notify_one();
        assert_eq!(client.read_exactly(11), b"6\r\nsecond\r\n", "{path}");
        let head = String::from_utf8(head).unwrap();
        assert_eq!(head.contains("X-After: yes"), after.is_some(), "{path}: {head}");
        wait_until("the middleware has returned", || trace.len() == 2);
        assert_eq!(trace.take(), noted, "{path}");
    }
}

#[test]
fn a_time_of_its_own_or_of_the_server_ends_the_handler() {
    let (sender, dropped) = mpsc::channel();
    let short = Duration::from_millis(50);
    let timed = async move |request: Request, next: Next| match tokio::time::timeout(
        short,
        next.run(request),
    )
    .await
    {
        Ok(answer) => answer,
        Err(_) => HttpError::new(504).into_answer(),
    };
    let never = async move || {
        let _guard = Dropped(sender.clone());
        std::future::pending::<()>().await;
    };
    let config = Config { app_handler_timeout: 2 * short, ..Config::default() };
    let pending = async |_: Request, next: Next| {
        std::future::pending::<()>().await;
        drop(next);
    };
    let server = start(
        Application::new()
            .config(config)
            .route("/own", never.around(timed))
            .route("/server", (async || "never").around(pending))
            .route("/option", (async || "never").around(pending).with_timeout(short)),
    );
    for (path, status) in [("/own", 504), ("/server", 500), ("/option", 503)] {
        let mut client = connect(&server);
        assert_eq!(client.ask(path).status(), status, "{path}");
        // What the connection had is over: it serves the next request.
        assert_eq!(client.ask("/nowhere").status(), 404, "{path}");
    }
    assert_eq!(dropped.try_recv(), Ok("dropped"));
}

#[test]
fn a_client_that_leaves_drops_middleware_and_handler() {
    let (sender, dropped) = mpsc::channel();
    let (of_handler, began) = (sender.clone(), Arc::new(Notify::new()));
    let begins = Arc::clone(&began);
    let config = Config { app_close_timeout: Duration::from_millis(10), ..Config::default() };
    let server = start(
        Application::new()
            .config(config)
            .around(async move |request: Request, next: Next| {
                let _guard = Dropped(sender.clone());
                next.run(request).await
            })
            .route("/", async move || {
                let _guard = Dropped(of_handler.clone());
                begins.notify_one();
                std::future::pending::<()>().await;
            }),
    );
    let mut client = connect(&server);
    client.get("/");
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(began.notified());
    client.reset();
    for _ in 0..2 {
        assert_eq!(dropped.recv_timeout(tremolo_tests::TIMEOUT), Ok("dropped"));
    }
}

/// RFC 9112 section 9.6: the rest of a body that no handler reads must not be taken for a request.
#[test]
fn an_early_answer_leaves_the_body_unread_and_the_connection_usable() {
    let server = start(
        Application::new()
            .around(async |request: Request, next: Next| match request.header("X-Early") {
                Some(_) => "early".into_answer(),
                None => next.run(request).await,
            })
            .route("/", async |body: String| body),
    );
    let mut client = connect(&server);
    let body = vec![b'x'; 100_000];
    for (early, expected) in [("X-Early: 1", "early"), ("X-Late: 1", "")] {
        let response = client.exchange(&Message::post("/").field(early).body(&body));
        assert_eq!(response.status(), 200);
        assert!(response.text() == expected || response.body == body);
    }
    // Nothing asks for the body: the client need not send it.
    let message = Message::post("/").fields(&["Expect: 100-continue", "X-Early: 1"]);
    let mut client = connect(&server);
    client.send(message.body("hello").head());
    assert_eq!(client.read_response().status_and_text(), (200, "early".to_owned()));
}

#[test]
fn extractors_options_params_and_websockets_work_behind_it() {
    #[derive(Clone)]
    struct Public;
    let seen = Trace::default();
    let notes = seen.clone();
    let server = start(
        Application::new()
            .state("state")
            .around(
                async move |public: Option<RouteOption<Public>>,
                            State(state): State<&'static str>,
                            next: Next,
                            request: Request| {
                    notes.note(format!("{} {state}", public.is_some()));
                    next.run(request).await
                },
            )
            .route(r"^/user/(\w+)$", (async |Path(name): Path<String>| name).with_option(Public))
            .route("/methods", get(async || "got").post(async |text: String| text))
            .route("/methods", post(async || "posted").around(around(&seen, "of post")))
            .route("/echo", async |mut socket: WebSocket| {
                while let Some(message) = socket.next().await.transpose()? {
                    socket.send(message).await?;
                }
                Ok::<_, HttpError>(())
            }),
    );
    assert_eq!(ask(&server, "GET /user/ada", &[], ""), (200, "ada".to_owned()));
    assert_eq!(ask(&server, "GET /methods", &[], ""), (200, "got".to_owned()));
    assert_eq!(seen.take(), ["true state", "false state"]);
    assert_eq!(ask(&server, "POST /methods", &[], "text"), (200, "posted".to_owned()));
    assert_eq!(seen.take(), ["false state", "of post in", "of post out"]);
    assert_eq!(ask(&server, "PUT /methods", &[], "").0, 405);
    let mut socket = Socket::open_with(connect(&server), &handshake("/echo"));
    socket.send_text("hello");
    assert_eq!(socket.read_text(), "hello");
    socket.close(1000);
}

#[test]
fn next_where_there_is_none_and_a_function_without_next_keep_the_server_from_starting() {
    let with = async |request: Request, next: Next| next.run(request).await;
    let without = async || "no middleware";
    let error = |application: Application| {
        application.listen("127.0.0.1:0").start().unwrap_err().to_string()
    };
    for (application, what) in [
        (Application::new().route("/", with), "asks for Next"),
        (Application::new().on_request(with), "asks for Next"),
        (Application::new().on_response(with), "asks for Next"),
        (Application::new().error(404, with), "asks for Next"),
        (Application::new().route("/", get(with)), "asks for Next"),
        (Application::new().group(Group::new().route("/", with)), "asks for Next"),
        (Application::new().around(without), "does not ask for Next"),
        (Application::new().group(Group::new().around(without)), "does not ask for Next"),
        (Application::new().route("/", without.around(without)), "does not ask for Next"),
        (Application::new().route("/", without.on_request(with)), "asks for Next"),
    ] {
        let error = error(application);
        assert!(error.contains(what) && error.contains("around.rs:"), "{error}");
    }
    let missing = async |State(_): State<u8>, request: Request, next: Next| next.run(request).await;
    for application in [
        Application::new().around(missing),
        Application::new().group(Group::new().around(missing)),
        Application::new().route("/", without.around(missing)),
    ] {
        assert!(error(application).contains("no state of the type u8"));
    }
}
