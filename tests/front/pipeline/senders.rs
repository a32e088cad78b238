//! `on_response` for heads that are sent in other ways than in `gate`: interim responses, threads,
//! services, `100 Continue`; and what it may change in each.

use tremolo::{
    Application, BlockingResponse, HttpError, Pieces, Request, Response, StaticFiles, StatusCode,
    TowerService, blocking, stream,
};
use tremolo_tests::Message;

use super::Trace;
use crate::{connect, start};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A path for each way of sending a head that an async handler does not use.
fn application() -> Application {
    let router = axum::Router::new()
        .route("/fine", axum::routing::get(async || "Hello World!"))
        .route("/fails", axum::routing::get(async || StatusCode::IM_A_TEAPOT));
    Application::new()
        .route("/thread/return", blocking(|| "Hello World!"))
        .route("/thread/pieces", blocking(|| Pieces(["Hello ", "World!"].into_iter())))
        .route(
            "/thread/write",
            blocking(|response: BlockingResponse| {
                response.write("Hello ")?;
                response.end("World!")
            }),
        )
        .route("/thread/end", blocking(|response: BlockingResponse| response.end("Hello World!")))
        .route(
            "/thread/file",
            blocking(|response: BlockingResponse| response.sendfile(format!("{HERE}/Cargo.toml"))),
        )
        .route("/thread/error", blocking(|| Err::<(), _>(HttpError::forbidden())))
        .route("/thread/panic", blocking(|| -> &'static str { panic!("as ordered") }))
        .mount("/tower", TowerService::new(router))
}

#[test]
fn runs_once_for_threads_and_services() {
    let trace = Trace::default();
    let noted = trace.clone();
    let server = start(application().on_response(async move |response: Response| {
        noted.note(response.status()?.as_str());
        response.set_header("X-Stamp", "yes")
    }));
    let mut client = connect(&server);
    for (path, status) in [
        ("/thread/return", 200),
        ("/thread/pieces", 200),
        ("/thread/write", 200),
        ("/thread/end", 200),
        ("/thread/file", 200),
        ("/thread/error", 403),
        ("/thread/panic", 500),
        ("/tower/fine", 200),
        ("/tower/fails", 418),
        ("/tower/nowhere", 404),
    ] {
        let response = client.ask(path);
        assert_eq!((response.status(), response.field("X-Stamp")), (status, Some("yes")), "{path}");
        assert_eq!(trace.take(), [status.to_string()], "{path}");
    }
}

/// RFC 9110 section 15.2: an interim response is not the final head.
#[test]
fn does_not_run_for_interim_responses_but_for_the_head_after_them() {
    let trace = Trace::default();
    let (noted, handler) = (trace.clone(), trace.clone());
    let hints = async move |response: Response| -> Result<&str, HttpError> {
        response.inform(103, [("Link", "</a.css>; rel=preload")])?;
        response.inform(102, [("X-A", "b")])?;
        handler.note("informed");
        Ok("Hello World!")
    };
    let reads = async |request: Request| request.body().await;
    let server = start(
        Application::new()
            .on_response(async move |response: Response| {
                noted.note("out");
                response.set_header("X-Stamp", "yes")
            })
            .route("/hints", hints)
            .route("/reads", reads),
    );
    let mut client = connect(&server);
    client.get("/hints");
    for (status, field, value) in [(103, "Link", "</a.css>; rel=preload"), (102, "X-A", "b")] {
        let interim = client.read_response();
        assert_eq!((interim.status(), interim.field(field)), (status, Some(value)));
        assert_eq!((interim.field("X-Stamp"), interim.field("Content-Length")), (None, None));
    }
    let last = client.read_response();
    assert_eq!(
        (last.text(), last.field("X-Stamp"), last.field("Link")),
        ("Hello World!", Some("yes"), None)
    );
    assert_eq!(trace.take(), ["informed", "out"]);
    // RFC 9110 section 10.1.1: neither is `100 Continue`, which the first read sends.
    client.send(
        Message::post("/reads").fields(&["Expect: 100-continue", "Content-Length: 3"]).head(),
    );
    let interim = client.read_response();
    assert_eq!((interim.status(), interim.field("X-Stamp")), (100, None));
    assert_eq!(trace.take(), [""; 0]);
    client.send("abc");
    let last = client.read_response();
    assert_eq!((last.text(), last.field("X-Stamp")), ("abc", Some("yes")));
    assert_eq!(trace.take(), ["out"]);
    // RFC 9110 section 15.2: HTTP/1.0 has no interim responses.
    client.send(Message::new("GET /hints HTTP/1.0").bytes());
    assert_eq!(client.read_response().status(), 200);
}

#[test]
fn may_change_status_type_and_fields_for_every_sender() {
    let change = async |response: Response| -> Result<(), HttpError> {
        response.set_status((299, "Changed"))?;
        response.set_content_type("text/changed")?;
        response.remove_header("X-Remove")?;
        response.append_header("X-Append", "more")?;
        Ok(response.set_cookie(("seen", "1"))?)
    };
    let removes = |response: &Response| response.set_header("X-Remove", "never");
    let server = start(
        application()
            .on_response(change)
            .mount("/folder", StaticFiles::new(HERE))
            .route("/return", async move |response: Response| {
                removes(&response).map(|()| (StatusCode::CREATED, "text"))
            })
            .route("/yield", || stream! { yield "te"; yield "xt"; })
            .route("/write", async move |response: Response| {
                removes(&response)?;
                response.write("text").await
            })
            .route("/end", async move |response: Response| {
                removes(&response)?;
                response.end("text").await
            })
            .route("/file", async |response: Response| {
                response.sendfile(format!("{HERE}/Cargo.toml")).await
            })
            .route("/error", async || {
                Err::<(), _>(HttpError::forbidden().with_header("X-Remove", "never"))
            }),
    );
    let mut client = connect(&server);
    for path in [
        "/return",
        "/yield",
        "/write",
        "/end",
        "/file",
        "/folder/Cargo.toml",
        "/error",
        "/nowhere",
        "/thread/pieces",
        "/thread/end",
        "/tower/fine",
    ] {
        let response = client.ask(path);
        assert!(response.head.starts_with("HTTP/1.1 299 Changed\r\n"), "{path}: {response:?}");
        assert_eq!(response.field("Content-Type"), Some("text/changed"), "{path}");
        let fields = ["X-Remove", "X-Append", "Set-Cookie"].map(|name| response.field(name));
        assert_eq!(fields, [None, Some("more"), Some("seen=1; path=/")], "{path}: {response:?}");
    }
}
