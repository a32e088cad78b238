//! A router of axum with layers, below a prefix.

use tremolo_tests::{Message, Program};

use crate::{ask, head, launch, same};

fn pair() -> [Program; 2] {
    launch([env!("CARGO_BIN_EXE_mounted_tremolo"), env!("CARGO_BIN_EXE_mounted_axum")], &[])
}

#[test]
fn routes_and_layers_answer_the_same() {
    let requests = [
        Message::new("GET /health"),
        Message::new("GET /api/greet/you?times=2"),
        Message::new("GET /api/greet/J%C3%BCrgen"),
        Message::post("/api/echo").body("a body"),
        Message::post("/api/echo").chunked("a body in chunks", 3, &[]),
        Message::post("/api/greet/you").body("another method"),
        Message::new("GET /api/none"),
        Message::new("GET /none"),
        Message::new("GET /api/never"),
    ];
    let fields = ["Cache-Control", "Content-Type", "Content-Encoding"];
    let seen = same(pair().map(|program| {
        requests.clone().map(|one| {
            let answer = ask(&program, &one);
            let (status, fields) = head(&answer, &fields);
            let fields: Vec<_> = fields.into_iter().map(|field| field.map(str::to_owned)).collect();
            // Without a route the answer is that of the framework, with or without the layers.
            let is_answered = status != 404;
            (status, is_answered.then_some((fields, answer.body)))
        })
    }));
    let (fields, body) = seen[1].1.as_ref().unwrap();
    assert_eq!(body, br#"{"greeting":"Hello you!","path":"/greet/you","client":"127.0.0.1"}"#);
    assert_eq!(fields[0].as_deref(), Some("no-store"));
    let statuses = seen.map(|(status, _)| status);
    assert_eq!(statuses, [204, 200, 200, 200, 200, 405, 404, 404, 504]);
}

#[test]
fn layers_compress_and_limit() {
    let long = Message::new("GET /api/long").field("Accept-Encoding: gzip");
    // Refused by its head: the body is not sent.
    let large = Message::post("/api/echo").field("Content-Length: 2000000").closing();
    let seen = same(pair().map(|program| {
        let long = ask(&program, &long);
        let coded = (long.field("Content-Encoding").map(str::to_owned), long.body);
        let mut client = program.connect();
        client.send(large.head());
        (coded, client.read_response().status())
    }));
    assert_eq!(seen.0.0.as_deref(), Some("gzip"));
    assert_eq!(seen.1, 413);
}
