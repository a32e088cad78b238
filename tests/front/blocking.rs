//! Blocking handlers: the same objects and replies as async ones, on a thread of the pool.

use std::sync::mpsc::channel;
use std::thread;

use tremolo::forms::FileLimits;
use tremolo::{
    Application, BlockingRequest, BlockingResponse, Handler, HttpError, Pieces, Query, StatusCode,
    blocking, stream,
};
use tremolo_tests::{MULTIPART, Message, TIMEOUT, multipart};

use crate::{ask, connect, post, post_chunked, start};

#[test]
fn every_reply_type_works_from_a_thread() {
    let server = start(
        Application::new()
            .route("/text", blocking(|| "text"))
            .route("/status", blocking(|| (StatusCode::CREATED, "made".to_owned())))
            .route("/error", blocking(|| Err::<(), _>(HttpError::forbidden().with_message("no"))))
            .route("/pieces", blocking(|| (202, Pieces(["a", "b"].into_iter()))))
            .route("/on_the_worker", async || Pieces((1..4).map(|number| number.to_string())))
            .route("/none", blocking(|| Pieces(std::iter::empty::<&str>())))
            .route("/stream", blocking(|| stream! { yield "a"; yield "b"; }))
            .route("/thread", blocking(|| format!("{:?}", thread::current().name()))),
    );
    let fetch = |path: &str| ask(&server, &format!("GET {path}"), &[], "");
    assert_eq!(fetch("/text"), (200, "text".to_owned()));
    assert_eq!(fetch("/status"), (201, "made".to_owned()));
    assert_eq!(fetch("/error").0, 403);
    assert_eq!(fetch("/pieces"), (202, "ab".to_owned()));
    assert_eq!(fetch("/on_the_worker"), (200, "123".to_owned()));
    assert_eq!(fetch("/none"), (200, String::new()));
    assert_eq!(fetch("/stream"), (200, "ab".to_owned()));
    assert!(!fetch("/thread").1.contains("tremolo-"), "{:?}", fetch("/thread"));
}

#[test]
fn every_read_method_of_a_request_works_from_a_thread() {
    let read = |request: BlockingRequest| -> Result<String, HttpError> {
        let (first, piece) = (request.read(2)?, request.piece()?);
        let rest: Result<Vec<_>, _> = request.stream().collect();
        let rest = rest?.concat().len() + piece.map_or(0, |piece| piece.len());
        Ok(format!("{} {} {rest}", request.method(), String::from_utf8_lossy(&first)))
    };
    let twice = |request: BlockingRequest| -> Result<String, HttpError> {
        let (body, again) = (request.body()?, request.body()?);
        Ok(format!("{} {}", body.len(), body == again))
    };
    let form = |request: BlockingRequest| -> Result<Option<String>, HttpError> {
        Ok(request.form()?.get("a").map(str::to_owned))
    };
    let recv = |request: BlockingRequest| request.recv(3);
    let application = Application::new().route("/read", blocking(read));
    let application = application.route("/twice", blocking(twice)).route("/form", blocking(form));
    let server = start(application.route("/recv", blocking(recv)));
    let sender = post_chunked(&server, "/read", "text/plain", &[b'x'; 100_000], 777);
    assert_eq!(sender, (200, "POST xx 99998".to_owned()));
    assert_eq!(post(&server, "/twice", "text/plain", b"abc").1, "3 true");
    assert_eq!(post(&server, "/form", tremolo_tests::URLENCODED, b"a=b").1, "b");
    assert_eq!(post_chunked(&server, "/recv", "text/plain", b"abc", 3).1, "3\r\n");
}

#[test]
fn uploads_are_iterators() {
    let parts = |request: BlockingRequest| -> Result<String, HttpError> {
        let mut result = String::new();
        for part in request.parts() {
            let part = part?;
            let first = part.piece()?.map_or(0, |piece| piece.len());
            let rest: usize = part.stream().map(|piece| piece.map_or(0, |p| p.len())).sum();
            result += &format!("{}={} ", part.name(), first + rest + part.bytes(9)?.len());
        }
        Ok(result)
    };
    let files = |request: BlockingRequest| -> Result<String, HttpError> {
        let (limits, mut result) = (FileLimits { max_file_size: 4, max_files: 2 }, String::new());
        for step in request.files_with(limits) {
            let step = step?;
            let rest: usize = step.stream().map(|piece| piece.map_or(0, |p| p.len())).sum();
            result += &format!("{}={}+{rest} ", step.name(), step.data.len());
        }
        Ok(result)
    };
    let application = Application::new().route("/parts", blocking(parts));
    let server = start(application.route("/files", blocking(files)));
    let body = multipart(&[("a", None, b"abcdef"), ("b", Some("f"), b"xy")]);
    assert_eq!(post(&server, "/parts", MULTIPART, &body), (200, "a=6 b=2 ".to_owned()));
    assert_eq!(post(&server, "/files", MULTIPART, &body), (200, "a=4+2 b=2+0 ".to_owned()));
}

#[test]
fn every_method_of_a_response_works_from_a_thread() {
    let write = |response: BlockingResponse| -> Result<(), HttpError> {
        response.set_status((201, "Made"))?;
        response.set_header("X-A", "b")?;
        for _ in 0..1_000 {
            response.write(vec![b'x'; 1_000])?;
        }
        Ok(response.end("end")?)
    };
    let send = |response: BlockingResponse| -> Result<(), HttpError> {
        response.send("HTTP/1.1 204 No Content\r\n\r\n")?;
        Ok(response.send_none()?)
    };
    let file =
        |response: BlockingResponse| response.sendfile(file!().replace("tests/front", FRONT));
    let application = Application::new().route("/write", blocking(write));
    let application = application.route("/send", blocking(send)).route("/file", blocking(file));
    let server = start(application);
    let mut client = connect(&server);
    let response = client.ask("/write");
    assert_eq!((response.status(), response.body.len()), (201, 1_000_003));
    assert!(client.ask("/file").text().starts_with("//! Blocking handlers"));
    client.get("/send");
    assert_eq!(client.read_exactly(27), b"HTTP/1.1 204 No Content\r\n\r\n");
}

#[test]
fn extractors_run_first_and_the_limits_of_a_route_apply() {
    let swapped = |Query(query): Query<Vec<(String, u8)>>, request: BlockingRequest| {
        format!("{query:?} {}", request.path())
    };
    let body = |body: String, _: BlockingResponse| body;
    let application = Application::new().route("/query", blocking(swapped));
    let server = start(application.route("/body", blocking(body).with_body_limit(3)));
    assert_eq!(ask(&server, "GET /query?a=1", &[], "").1, "[(\"a\", 1)] /query");
    assert_eq!(ask(&server, "GET /query?a=x", &[], "").0, 422);
    assert_eq!(ask(&server, "POST /body", &[], "abc"), (200, "abc".to_owned()));
    assert_eq!(ask(&server, "POST /body", &[], "abcd").0, 413);
}

#[test]
fn a_panic_on_a_thread_is_an_error_page_or_cuts_the_response() {
    let items = || (0..3).map(|number| if number < 2 { "piece" } else { panic!("on purpose") });
    let server = start(
        Application::new()
            .route("/panic", blocking(|| -> &'static str { panic!("on purpose") }))
            .route("/pieces", blocking(move || Pieces(items())))
            .route("/", blocking(|| "alive")),
    );
    for _ in 0..7 {
        assert_eq!(ask(&server, "GET /panic", &[], "").0, 500);
    }
    let mut client = connect(&server);
    client.send(Message::new("GET /pieces").bytes());
    let cut = client.read_until_cut();
    assert!(cut.ends_with(b"5\r\npiece\r\n"), "{:?}", tremolo_tests::escape(&cut));
    assert_eq!(ask(&server, "GET /", &[], "").1, "alive");
}

#[test]
fn an_iterator_may_block_itself() {
    let echo =
        |request: BlockingRequest| Pieces(std::iter::from_fn(move || request.piece().transpose()));
    let server = start(Application::new().route("/", blocking(echo)));
    let sender = post_chunked(&server, "/", "text/plain", &[b'y'; 200_000], 5_000);
    assert_eq!((sender.0, sender.1.len()), (200, 200_000));
}

#[test]
fn handles_may_be_sent_to_another_thread() {
    let (sender, receiver) = channel();
    let later = move |request: BlockingRequest, response: BlockingResponse| {
        let sender = sender.clone();
        let file = file!().replace("tests/front", FRONT);
        thread::spawn(move || {
            let body = request.body().map(|body| body.len());
            sender.send((body, response.sendfile(file).is_ok())).unwrap();
        });
        tremolo::LeaveOpen
    };
    let server = start(Application::new().route("/", blocking(later)));
    let mut client = connect(&server);
    client.send(Message::post("/").body("abc").bytes());
    assert_eq!(client.read_response().status(), 200);
    assert_eq!(receiver.recv_timeout(TIMEOUT), Ok((Ok(3), true)));
}

/// Cargo runs tests in the folder of their package.
const FRONT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/front");
