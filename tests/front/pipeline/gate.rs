//! `on_response` runs once before any head, for every sender and every outcome of the request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tremolo::{Application, Config, HttpError, LeaveOpen, Response, StaticFiles, stream};
use tremolo_tests::{Message, TIMEOUT, escape, wait_until};

use super::Trace;
use crate::{connect, start};

fn application(trace: &Trace) -> Application {
    let (ran, yields) = (trace.clone(), trace.clone());
    let stamp = async move |response: Response| {
        // It awaits, like middleware that queries a database.
        tokio::task::yield_now().await;
        ran.note(response.status()?.as_str());
        response.set_header("X-Stamp", "yes")
    };
    Application::new()
        .on_response(stamp)
        .route("/return", async || "Hello World!")
        .route("/status", async || (201, "Hello World!"))
        .route("/yield", move || {
            let trace = yields.clone();
            stream! {
                yield "";
                trace.note("yields");
                yield "Hello ";
                yield "World!";
            }
        })
        .route("/yield-nothing", || stream! { if false { yield "" } })
        .route("/write", async |response: Response| {
            response.set_status(201)?;
            response.write("Hello ").await?;
            response.write("World!").await
        })
        .route("/write-end", async |response: Response| {
            response.write("Hello ").await?;
            response.end("World!").await
        })
        .route("/end", async |response: Response| response.end("Hello World!").await)
        .route("/write-none", async |response: Response| response.write_none().await)
        .route("/task", async |response: Response| {
            tokio::spawn(async move { response.end("Hello World!").await });
            LeaveOpen
        })
        .route("/error", async || Err::<(), _>(HttpError::forbidden()))
        .route(
            "/yield-error",
            || stream! { yield Ok(""); yield Err::<&str, _>(HttpError::forbidden()); },
        )
        .route("/refused", async |_: tremolo::Json<String>| "never")
        .route("/bad-status", async || (999, "never"))
        .route("/panic", async || {
            if true {
                panic!("as ordered");
            }
        })
        .route("/yield-panic", || {
            stream! {
                if true {
                    panic!("as ordered");
                }
                yield "never";
            }
        })
        .route("/methods", tremolo::methods::post(async || "never"))
        .route("/never", async || std::future::pending::<()>().await)
}

#[test]
fn runs_once_before_every_head() {
    let trace = Trace::default();
    let short = Duration::from_millis(150);
    let config = Config { app_handler_timeout: short, ..Config::default() };
    let server = start(application(&trace).config(config));
    for (path, status, noted) in [
        ("/return", 200, &["200"][..]),
        ("/status", 201, &["201"]),
        ("/yield", 200, &["yields", "200"]),
        ("/yield-nothing", 200, &["200"]),
        ("/write", 201, &["201"]),
        ("/write-end", 200, &["200"]),
        ("/end", 200, &["200"]),
        ("/write-none", 200, &["200"]),
        ("/task", 200, &["200"]),
        ("/error", 403, &["403"]),
        ("/yield-error", 403, &["403"]),
        ("/refused", 415, &["415"]),
        ("/bad-status", 500, &["500"]),
        ("/panic", 500, &["500"]),
        ("/yield-panic", 500, &["500"]),
        ("/methods", 405, &["405"]),
        ("/nowhere", 404, &["404"]),
        ("/never", 500, &["500"]),
    ] {
        let mut client = connect(&server);
        let response = client.ask(path);
        assert_eq!((response.status(), response.field("X-Stamp")), (status, Some("yes")), "{path}");
        if status < 400 && !path.ends_with("none") && !path.ends_with("nothing") {
            assert_eq!(response.text(), "Hello World!", "{path}");
        }
        assert_eq!(trace.take(), noted, "{path}");
        // The connection is still usable.
        assert_eq!(client.ask("/return").text(), "Hello World!", "{path}");
        assert_eq!(trace.take(), ["200"], "{path}");
    }
}

/// RFC 9112 section 2.2: a malformed request gets a response, and `on_response` runs for it too.
#[test]
fn runs_before_the_answer_to_a_malformed_request_too() {
    let trace = Trace::default();
    let server = start(application(&trace));
    let mut client = connect(&server);
    client.send("GET / HTTP/1.1\r\n\r\n");
    let response = client.read_response();
    assert_eq!((response.status(), response.field("X-Stamp")), (400, Some("yes")));
    assert_eq!(client.read_to_end(), b"");
    assert_eq!(trace.take(), ["400"]);
}

#[test]
fn does_not_run_before_raw_bytes_or_without_a_response() {
    let trace = Trace::default();
    let server = start(
        application(&trace)
            .route("/raw", async |response: Response| {
                response.send("any").await?;
                response.write("thing").await
            })
            .route("/nothing", async || ())
            .route("/close", async |response: Response| response.close()),
    );
    for (path, bytes) in [("/raw", "anything"), ("/nothing", ""), ("/close", "")] {
        let mut client = connect(&server);
        client.get(path);
        let read = client.read_to_end();
        assert_eq!(escape(&read), bytes, "{path}");
        assert_eq!(trace.take(), [""; 0], "{path}");
    }
}

#[test]
fn runs_before_files_folders_and_their_refusals() {
    let trace = Trace::default();
    let here = env!("CARGO_MANIFEST_DIR");
    let server = start(
        application(&trace)
            .route("/file", async move |response: Response| {
                response.sendfile(format!("{here}/Cargo.toml")).await
            })
            .route("/no-file", async |response: Response| response.sendfile("/nonexistent").await)
            .mount("/folder", StaticFiles::new(here)),
    );
    for (path, field, status, noted) in [
        ("/file", "X-No: thing", 200, &["200"][..]),
        ("/file", "Range: bytes=0-3", 206, &["200"]),
        ("/file", "Range: bytes=99999999-", 416, &["200", "416"]),
        ("/no-file", "X-No: thing", 404, &["404"]),
        ("/folder/Cargo.toml", "X-No: thing", 200, &["200"]),
        ("/folder/nothing", "X-No: thing", 404, &["404"]),
    ] {
        let mut client = connect(&server);
        let response = client.exchange(&Message::new(&format!("GET {path}")).field(field));
        assert_eq!((response.status(), response.field("X-Stamp")), (status, Some("yes")), "{path}");
        assert_eq!(trace.take(), noted, "{path} {field}");
    }
}

/// An error page replaces a head for which `on_response` had run: it runs again for the page.
#[test]
fn runs_again_for_the_page_that_replaces_a_response() {
    let trace = Trace::default();
    let server = start(
        application(&trace)
            .route("/end-too-long", async |response: Response| {
                response.set_header("Content-Length", "2")?;
                response.end("too long").await
            })
            .route("/return-too-long", async |response: Response| {
                response.set_header("Content-Length", "2")?;
                Ok::<_, HttpError>("too long")
            }),
    );
    for path in ["/end-too-long", "/return-too-long"] {
        let response = connect(&server).ask(path);
        assert_eq!((response.status(), response.field("X-Stamp")), (500, Some("yes")), "{path}");
        assert_eq!(trace.take(), ["200", "500"], "{path}");
    }
}

#[test]
fn runs_for_each_pipelined_request() {
    let trace = Trace::default();
    let server = start(application(&trace));
    let mut client = connect(&server);
    let paths = ["/write", "/return", "/end", "/error", "/task", "/yield"];
    paths.iter().for_each(|path| client.get(path));
    for path in paths {
        assert_eq!(client.read_response().field("X-Stamp"), Some("yes"), "{path}");
    }
    assert_eq!(trace.take(), ["201", "200", "200", "403", "200", "yields", "200"]);
}

#[test]
fn a_middleware_may_write_the_response_and_later_calls_of_the_handler_fail() {
    let trace = Trace::default();
    let noted = trace.clone();
    let application = Application::new()
        .on_response(async |response: Response| response.end("mine").await)
        .route("/return", async || "yours")
        .route("/end", async move |response: Response| {
            let error = response.end("yours").await.unwrap_err();
            noted.note(error.to_string());
        })
        .route("/error", async || Err::<(), _>(HttpError::forbidden()));
    let server = start(application);
    let mut client = connect(&server);
    for (path, status) in [("/return", 200), ("/end", 200), ("/error", 403), ("/return", 200)] {
        let response = client.ask(path);
        assert_eq!((response.status(), response.text()), (status, "mine"), "{path}");
    }
    assert_eq!(trace.len(), 1);
}

#[test]
fn a_write_waits_while_the_middleware_runs() {
    let trace = Trace::default();
    let (sender, opened) = (trace.clone(), Arc::new(Notify::new()));
    let waits = Arc::clone(&opened);
    let application = Application::new()
        .on_response(async move |response: Response| {
            sender.note("begins");
            waits.notified().await;
            response.set_header("X-Stamp", "late")
        })
        .route("/", async |response: Response| {
            let other = response.clone();
            let task = tokio::spawn(async move { other.write("Hello ").await });
            response.write("Hello ").await?;
            task.await.map_err(HttpError::from)??;
            response.end("World!").await.map_err(HttpError::from)
        });
    let server = start(application);
    let mut client = connect(&server);
    client.get("/");
    wait_until("the middleware runs", || trace.len() == 1);
    assert!(client.has_received_nothing());
    opened.notify_one();
    let response = client.read_response();
    assert_eq!(response.field("X-Stamp"), Some("late"));
    assert_eq!(response.text(), "Hello Hello World!");
    assert_eq!(trace.take(), ["begins"]);
}

#[test]
fn a_middleware_that_hangs_is_cancelled_with_its_handler() {
    let short = Duration::from_millis(150);
    let config = Config { app_handler_timeout: short, ..Config::default() };
    let application = Application::new()
        .config(config)
        .on_response(async || std::future::pending::<()>().await)
        .route("/return", async || "late")
        .route("/write", async |response: Response| response.write("late").await);
    let server = start(application);
    for path in ["/return", "/write"] {
        let response = connect(&server).ask(path);
        assert_eq!(response.status(), 500, "{path}");
    }
}

#[test]
fn a_disconnect_while_the_middleware_runs_cancels_both() {
    struct SendOnDrop(std::sync::mpsc::Sender<&'static str>, &'static str);
    impl Drop for SendOnDrop {
        fn drop(&mut self) {
            let _ = self.0.send(self.1);
        }
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    let cloned = sender.clone();
    let grace = Duration::from_millis(100);
    let application = Application::new()
        .config(Config { app_close_timeout: grace, ..Config::default() })
        .on_response(async move || {
            let _guard = SendOnDrop(cloned.clone(), "middleware");
            cloned.send("begins").unwrap();
            std::future::pending::<()>().await;
        })
        .route("/", async move |response: Response| {
            let _guard = SendOnDrop(sender.clone(), "handler");
            response.write("late").await
        });
    let server = start(application);
    let mut client = connect(&server);
    client.get("/");
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok("begins"));
    client.reset();
    let mut ends =
        [receiver.recv_timeout(TIMEOUT).unwrap(), receiver.recv_timeout(TIMEOUT).unwrap()];
    ends.sort_unstable();
    assert_eq!(ends, ["handler", "middleware"]);
}
