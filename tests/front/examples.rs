//! The short examples, run as programs: each does what its header describes.

use tremolo_tests::{Message, Program, wait_until};

#[test]
fn routing_serves_exact_paths_patterns_methods_and_the_mounted_application() {
    let program = Program::launch(env!("CARGO_BIN_EXE_routing"));
    for (path, status, text) in [
        ("/users/7", 200, "user 7\n"),
        ("/users/7/posts", 200, "all that user 7 wrote\n"),
        ("/users/7/posts/2026", 200, "what user 7 wrote in 2026\n"),
        ("/files/a/b%20c", 200, "the file a/b c\n"),
        ("/admin/users", 200, "all users\n"),
    ] {
        assert_eq!(
            program.connect().ask(path).status_and_text(),
            (status, text.to_owned()),
            "{path}"
        );
    }
    let created = program.connect().exchange(&Message::post("/notes").body("milk"));
    assert_eq!(created.status_and_text(), (201, "noted: milk\n".to_owned()));
    assert_eq!(program.connect().ask("/users/ada").status(), 400);
    assert_eq!(program.connect().ask("/users/7/posts/26").status(), 404);
}

#[test]
fn middleware_guards_the_mounted_application_and_adds_a_field_to_every_response() {
    let program = Program::launch(env!("CARGO_BIN_EXE_middleware"));
    let index = program.connect().ask("/");
    let id = index.field("X-Request-Id").unwrap();
    assert_eq!(index.text(), format!("this is request {id}\n"));
    assert_eq!(index.field("Server-Timing").map(|value| &value[..8]), Some("app;dur="));
    let admin = Message::new("GET /admin");
    for (message, status) in [(admin.clone(), 401), (admin.field("X-Token: secret"), 200)] {
        let answer = program.connect().exchange(&message);
        assert_eq!(answer.status(), status);
        assert!(answer.field("X-Request-Id").is_some(), "{answer:?}");
        assert_eq!(answer.field("X-Frame-Options"), Some("DENY"));
    }
    for (path, status) in [("/daily", 200), ("/slow", 503)] {
        let answer = program.connect().ask(path);
        assert_eq!((answer.status(), answer.field("X-Frame-Options")), (status, Some("DENY")));
        assert!(answer.field("Server-Timing").is_some(), "{answer:?}");
    }
}

#[test]
fn state_counts_visits_and_requests() {
    let program = Program::launch(env!("CARGO_BIN_EXE_state"));
    let mut client = program.connect();
    for (visit, request) in [(1, 1), (2, 2)] {
        let text = client.ask("/").status_and_text().1;
        let expected = format!(": visit {visit}, request {request} of its connection\n");
        assert!(text.starts_with("Hello from worker ") && text.ends_with(&expected), "{text}");
    }
    let text = program.connect().ask("/").status_and_text().1;
    assert!(text.ends_with(": visit 3, request 1 of its connection\n"), "{text}");
}

#[test]
fn async_main_serves_from_its_pool_and_stops_before_closing_it() {
    let program = Program::launch(env!("CARGO_BIN_EXE_async_main"));
    let mut client = program.connect();
    assert_eq!(client.ask("/rows/7").status_and_text(), (200, "row 7\n".to_owned()));
    drop(client);
    program.stop();
    let (status, log) = program.wait();
    assert!(status.success(), "{status} {log}");
}

#[test]
fn errors_have_pages_without_internal_details() {
    let program = Program::launch(env!("CARGO_BIN_EXE_errors"));
    let teapot = program.connect().ask("/teapot");
    assert_eq!((teapot.status(), teapot.field("X-Handle")), (418, Some("here")));
    assert!(teapot.text().contains("short and stout"));
    for (path, status, text) in [
        ("/share/7", 200, "14\n"),
        ("/file", 500, r#"{"status":500,"message":"Internal Server Error"}"#),
        ("/share/0", 500, r#"{"status":500,"message":"Internal Server Error"}"#),
        ("/nowhere", 404, r#"{"status":404,"message":"There is nothing at /nowhere"}"#),
    ] {
        assert_eq!(
            program.connect().ask(path).status_and_text(),
            (status, text.to_owned()),
            "{path}"
        );
    }
    assert_eq!(program.connect().ask("/share/x").status(), 400);
}

#[test]
fn background_tasks_continue_after_the_response() {
    let program = Program::launch(env!("CARGO_BIN_EXE_background_tasks"));
    let ordered = program.connect().exchange(&Message::post("/order").body("tea"));
    assert_eq!(ordered.status_and_text(), (200, "tea is on its way\n".to_owned()));
    wait_until("the mail was sent", || {
        program.connect().ask("/mails").text() == "1 mails were sent\n"
    });
    let mut client = program.connect();
    client.get("/ticks");
    let mut receiver = Vec::new();
    while !receiver.ends_with(b"tick 2\n\r\n") {
        receiver.extend(client.read_exactly(1));
    }
}

#[test]
fn notes_are_created_listed_shown_and_deleted_with_the_token() {
    let program = Program::launch(env!("CARGO_BIN_EXE_notes"));
    let ask = |line: &str, body: &str| {
        let message = Message::new(line).field("Authorization: Bearer secret");
        let message = message.content_type("application/json");
        let message = if body.is_empty() { message } else { message.body(body) };
        program.connect().exchange(&message)
    };
    assert_eq!(
        program.connect().ask("/").status_and_text(),
        (200, "Notes are at /notes\n".to_owned())
    );
    let refused = program.connect().ask("/notes");
    assert_eq!((refused.status(), refused.field("WWW-Authenticate")), (401, Some("Bearer")));
    let made = ask("POST /notes", r#"{"text":"milk"}"#);
    assert_eq!((made.status(), made.field("Location")), (201, Some("/notes/1")));
    let milk = r#"{"id":1,"text":"milk"}"#;
    let problem = |status: u16, title: &str, rest: &str| {
        format!(r#"{{"type":"about:blank","title":"{title}","status":{status}{rest}}}"#)
    };
    for (line, body, status, text) in [
        ("GET /notes", "", 200, format!("[{milk}]")),
        ("GET /notes/1", "", 200, milk.to_owned()),
        ("GET /notes/2", "", 404, problem(404, "Not Found", r#","detail":"There is no note 2""#)),
        ("PUT /notes/1", "x", 405, problem(405, "Method Not Allowed", "")),
        ("DELETE /notes/1", "", 204, String::new()),
        ("GET /notes", "", 200, "[]".to_owned()),
    ] {
        assert_eq!(ask(line, body).status_and_text(), (status, text), "{line}");
    }
    assert!((400..=422).contains(&ask("POST /notes", r#"{"text":"#).status()));
}
