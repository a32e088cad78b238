//! Middleware of the crate: cross-origin requests (CORS), request identifiers.

use std::time::Duration;

use tremolo::{
    Application, Config, Cors, HttpError, Method, Request, RequestId, RequestIds, Response, methods,
};
use tremolo_tests::Message;

use crate::{ask, connect, start};

const PAGE: &str = "Origin: https://app.example";

fn cors() -> Cors {
    Cors::new()
        .origin("https://app.example")
        .origin("http://localhost:3000")
        .methods([Method::GET, Method::PUT])
        .headers(["Content-Type", "X-Token"])
        .expose(["X-Count"])
        .credentials(true)
        .max_age(Duration::from_secs(600))
}

fn guarded(cors: Cors) -> Application {
    let guard = async |request: Request| match request.header("Cookie") {
        Some(_) => Ok(()),
        None => Err(HttpError::unauthorized()),
    };
    Application::new().on_request(guard).middleware(cors).route("/", methods::get(async || "hi"))
}

/// Fetch standard, section 3.3: a preflight carries no credentials and asks with OPTIONS.
#[test]
fn a_preflight_is_answered_before_guards_and_routing() {
    let server = start(guarded(cors()));
    let preflight = |path: &str, origin: &str| {
        let message = Message::new(&format!("OPTIONS {path}"))
            .fields(&[origin, "Access-Control-Request-Method: PUT"]);
        connect(&server).exchange(&message)
    };
    for path in ["/", "/nowhere"] {
        let answer = preflight(path, PAGE);
        assert_eq!(answer.status(), 204);
        for (name, value) in [
            ("Access-Control-Allow-Origin", "https://app.example"),
            ("Access-Control-Allow-Methods", "GET, PUT"),
            ("Access-Control-Allow-Headers", "Content-Type, X-Token"),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Max-Age", "600"),
            ("Vary", "Origin"),
        ] {
            assert_eq!(answer.field(name), Some(value), "{name}: {answer:?}");
        }
    }
    for origin in ["https://app.example.evil", "https://APP.example", "null", "http://app.example"]
    {
        let answer = preflight("/", &format!("Origin: {origin}"));
        assert_eq!(answer.status(), 204, "{origin}");
        assert!(!answer.head.contains("Access-Control"), "{origin}: {answer:?}");
        assert_eq!(answer.field("Vary"), Some("Origin"), "{origin}");
    }
    // An OPTIONS request that is not a preflight reaches the guard.
    assert_eq!(ask(&server, "OPTIONS /", &[PAGE], "").0, 401);
    assert_eq!(ask(&server, "OPTIONS /", &[PAGE, "Cookie: a=b"], "").0, 405);
}

#[test]
fn every_response_has_one_allow_origin_error_pages_included() {
    let server = start(guarded(cors()));
    for (path, fields, status) in [
        ("/", &[PAGE, "Cookie: a=b"][..], 200),
        ("/", &[PAGE], 401),
        ("/nowhere", &[PAGE, "Cookie: a=b"], 404),
        ("/", &["Cookie: a=b"], 200),
    ] {
        let message = Message::new(&format!("GET {path}")).fields(fields);
        let answer = connect(&server).exchange(&message);
        assert_eq!(answer.status(), status, "{path}");
        let origin = fields.contains(&PAGE).then_some("https://app.example");
        assert_eq!(answer.field("Access-Control-Allow-Origin"), origin, "{answer:?}");
        let expose = fields.contains(&PAGE).then_some("X-Count");
        assert_eq!(answer.field("Access-Control-Expose-Headers"), expose, "{answer:?}");
        assert_eq!(answer.head.matches("Vary: Origin\r\n").count(), 1, "{answer:?}");
    }
}

#[test]
fn any_origin_is_a_star_without_vary() {
    let open = Application::new().middleware(Cors::new().any_origin()).route("/", async || "hi");
    let server = start(open);
    let answer = connect(&server).exchange(&Message::new("GET /").field(PAGE));
    assert_eq!(answer.field("Access-Control-Allow-Origin"), Some("*"));
    assert_eq!(answer.field("Vary"), None);
    assert_eq!(answer.field("Access-Control-Allow-Credentials"), None);
}

#[test]
fn an_invalid_policy_prevents_the_start() {
    for (cors, why) in [
        (Cors::new().any_origin().credentials(true), "any_origin"),
        (Cors::new().origin("https://app.example/"), "\"https://app.example/\" is no origin"),
        (Cors::new().origin("app.example"), "is no origin"),
        (Cors::new().origin("*"), "is no origin"),
        (Cors::new().origin("https://App.example"), "is no origin"),
        (Cors::new().headers(["X-Fine", "X Y"]), "\"X Y\" is no name of a field"),
        (Cors::new().expose(["a\r\nb"]), "is no name of a field"),
    ] {
        let application = Application::new().middleware(cors).listen("127.0.0.1:0");
        let error = application.start().unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_request_id_is_accepted_or_generated_and_shown_to_handler_and_client() {
    let server = start(
        Application::new()
            .on_request(async |id: RequestId, response: Response| {
                response.set_header("X-Early", id.as_str())
            })
            .middleware(RequestIds::new())
            .route("/", async |id: RequestId| id.to_string()),
    );
    let ask = |field: Option<&str>| {
        let message =
            field.iter().fold(Message::new("GET /"), |message, field| message.field(field));
        connect(&server).exchange(&message)
    };
    let longest = "x".repeat(128);
    for (sent, taken) in [
        (None, false),
        (Some("0af7651916cd43dd-8448_eb2.11c80319c/+="), true),
        (Some(&*longest), true),
        (Some(&*format!("{longest}x")), false),
        (Some("a b"), false),
        (Some(""), false),
        (Some("<script>"), false),
    ] {
        let answer = ask(sent.map(|id| format!("X-Request-Id: {id}")).as_deref());
        let id = answer.text();
        assert_eq!(answer.field("X-Request-Id"), Some(id), "{answer:?}");
        assert_eq!(answer.field("X-Early"), Some(id), "{answer:?}");
        if taken {
            assert_eq!(Some(id), sent);
        } else {
            assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        }
    }
    assert_ne!(ask(None).text(), ask(None).text());
    // Error pages have an identifier too, and so have responses to malformed requests.
    let lost = connect(&server).ask("/nowhere");
    assert_eq!(lost.field("X-Request-Id").map(str::len), Some(32), "{lost:?}");
    let mut client = connect(&server);
    client.send("GET / HTTP/1.1\r\n\r\n");
    let malformed = client.read_response();
    assert_eq!(malformed.status(), 400);
    assert_eq!(malformed.field("X-Request-Id").map(str::len), Some(32), "{malformed:?}");
}

#[test]
fn an_identifier_of_a_peer_that_is_not_trusted_is_not_taken() {
    let trusted_proxies = "192.0.2.0/24".parse().unwrap();
    let config = Config { trusted_proxies, ..Config::default() };
    let server = start(
        Application::new()
            .config(config)
            .middleware(RequestIds::new())
            .route("/", async |id: RequestId| id.to_string()),
    );
    let id = ask(&server, "GET /", &["X-Request-Id: mine"], "").1;
    assert_eq!(id.len(), 32, "{id}");
}

#[test]
fn the_option_gives_each_request_one_identifier() {
    let config = Config { request_ids: true, ..Config::default() };
    let shows = async |id: RequestId| id.to_string();
    for with_middleware in [false, true] {
        let mut application = Application::new().config(config.clone()).route("/", shows);
        if with_middleware {
            application = application.middleware(RequestIds::new());
        }
        let server = start(application);
        let answer = connect(&server).exchange(&Message::new("GET /").field("X-Request-Id: a-1"));
        assert_eq!((answer.field("X-Request-Id"), answer.text()), (Some("a-1"), "a-1"));
        let answer = connect(&server).exchange(&Message::new("GET /"));
        assert_eq!(answer.field("X-Request-Id"), Some(answer.text()));
    }
}

#[test]
fn without_the_middleware_there_is_no_request_id() {
    let shows = async |id: RequestId| id.to_string();
    let option = async |id: Option<RequestId>| id.is_none().to_string();
    let server = start(Application::new().route("/", shows).route("/option", option));
    assert_eq!(ask(&server, "GET /", &[], "").0, 500);
    assert_eq!(ask(&server, "GET /option", &[], "").1, "true");
}
