//! The API of notes.

use serde_json::{Value, json};
use tremolo_tests::{Message, Program};

use crate::{ask, head, launch, list, same};

fn pair() -> [Program; 2] {
    launch([env!("CARGO_BIN_EXE_json_api_tremolo"), env!("CARGO_BIN_EXE_json_api_axum")], &[])
}

/// A request with the token.
fn request(line: &str) -> Message {
    Message::new(line).field("Authorization: Bearer secret")
}

fn draft(title: &str) -> Message {
    let body = json!({ "title": title }).to_string();
    request("POST /notes").content_type("application/json").body(body)
}

#[test]
fn notes_are_created_listed_shown_and_removed() {
    let seen = same(pair().map(|program| {
        let seen = |request: &Message| {
            let answer = ask(&program, request);
            let (status, fields) = head(&answer, &["Content-Type", "Location"]);
            let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
            let fields: Vec<_> = fields.into_iter().map(|field| field.map(str::to_owned)).collect();
            (status, fields, body)
        };
        [
            seen(&draft("milk")),
            seen(&draft("bread")),
            seen(&request("GET /notes")),
            seen(&request("GET /notes/2")),
            seen(&request("DELETE /notes/1")),
            seen(&request("GET /notes")),
        ]
    }));
    assert_eq!(seen[1].1, [Some("application/json".to_owned()), Some("/notes/2".to_owned())]);
    assert_eq!(seen[5].2, Some(json!([{ "id": 2, "title": "bread" }])));
    assert_eq!(seen.map(|(status, ..)| status), [201, 201, 200, 200, 204, 200]);
}

#[test]
fn a_title_that_is_not_valid_is_named() {
    let long = "x".repeat(81);
    let statuses = same(pair().map(|program| {
        ["", &long].map(|title| {
            let refused = ask(&program, &draft(title));
            assert!(refused.text().contains("title"), "{refused:?}");
            assert!(refused.text().contains("a title has 1 to 80 characters"), "{refused:?}");
            refused.status()
        })
    }));
    assert_eq!(statuses, [422, 422]);
}

#[test]
fn what_is_not_valid_has_the_same_status() {
    let json = || request("POST /notes").content_type("application/json");
    let requests = [
        request("GET /notes/7"),
        request("DELETE /notes/7"),
        request("GET /notes/seven"),
        request("GET /others"),
        request("PUT /notes/1"),
        json().body("{"),
        json().body("{}"),
        request("POST /notes").content_type("text/plain").body(r#"{"title":"milk"}"#),
    ];
    let statuses =
        same(pair().map(|program| requests.clone().map(|one| ask(&program, &one).status())));
    assert_eq!(statuses, [404, 404, 400, 404, 405, 400, 422, 415]);
}

#[test]
fn only_the_notes_need_the_token() {
    let requests = [
        Message::new("GET /health"),
        Message::new("GET /notes"),
        Message::new("DELETE /notes/1"),
        Message::new("GET /notes").field("Authorization: Bearer other"),
        Message::new("GET /notes").field("Authorization: Basic secret"),
    ];
    let seen = same(pair().map(|program| {
        requests.clone().map(|one| {
            let answer = ask(&program, &one);
            (answer.status(), answer.field("WWW-Authenticate").map(str::to_owned))
        })
    }));
    let refused = (401, Some("Bearer".to_owned()));
    assert_eq!(seen, [(204, None), refused.clone(), refused.clone(), refused.clone(), refused]);
}

#[test]
fn pages_of_the_application_may_use_it() {
    let origin = "Origin: https://app.example";
    let preflight = Message::new("OPTIONS /notes")
        .fields(&[origin, "Access-Control-Request-Method: POST"])
        .field("Access-Control-Request-Headers: authorization, content-type");
    let lists = ["Methods", "Headers"].map(|name| format!("Access-Control-Allow-{name}"));
    let allowed = same(pair().map(|program| {
        let answer = ask(&program, &preflight);
        assert!((200..300).contains(&answer.status()), "{answer:?}");
        assert_eq!(answer.field("Access-Control-Max-Age"), Some("3600"));
        lists.clone().map(|name| list(&answer, &name))
    }));
    assert_eq!(allowed.map(|list| list.len()), [3, 2]);
    let fields = ["Access-Control-Allow-Origin", "Access-Control-Expose-Headers"];
    let shared = same(pair().map(|program| {
        // Errors too: a page has to see why it is refused.
        [request("GET /notes").field(origin), Message::new("GET /notes").field(origin)].map(|one| {
            let answer = ask(&program, &one);
            fields.map(|name| list(&answer, name))
        })
    }));
    assert!(shared.iter().flatten().all(|list| !list.contains("")), "{shared:?}");
}

#[test]
fn each_answer_has_the_identifier_of_its_request() {
    for program in pair() {
        let ids = [request("GET /notes"), Message::new("GET /notes")]
            .map(|one| ask(&program, &one).field("X-Request-Id").map(str::to_owned));
        assert!(ids.iter().all(Option::is_some) && ids[0] != ids[1], "{ids:?}");
        // A proxy in front has one already.
        let given = ask(&program, &request("GET /notes").field("X-Request-Id: from-the-proxy"));
        assert_eq!(given.field("X-Request-Id"), Some("from-the-proxy"));
    }
}
