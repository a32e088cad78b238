//! Configuration errors that prevent the start name the line of the program that caused them.

use tremolo::{
    Application, Cors, Handler, Method, State, StaticFiles,
    methods::{delete, get, post},
};

/// The error text of an application that cannot start.
fn error_text(application: Application) -> String {
    application.listen("127.0.0.1:0").start().unwrap_err().to_string()
}

/// This file, and the line this far below the caller's line.
#[track_caller]
fn below(lines: u32) -> String {
    let here = std::panic::Location::caller();
    format!("{}:{}:", here.file(), here.line() + lines)
}

#[test]
fn a_route_that_cannot_be_used_is_named_with_its_line() {
    let handler = async || "never";
    for (pattern, what) in [
        ("^/(unclosed$", "the pattern \"^/(unclosed$\" cannot be used"),
        (r"^/(a)\1$", "cannot be used"),
        ("/users/(?P<id>.*)", "has a group but is no pattern"),
        ("/users/<id>", "the path \"/users/<id>\" has a character that no URL has"),
        ("/users/{id", "has a { without its }"),
        ("/{*rest}/x", "has text behind {*rest}"),
        ("/{a}/{a}", "two parameters with the name \"a\""),
        ("/{id:(}", "has the expression \"(\", which is none: unclosed group"),
    ] {
        let line = below(2);
        let application =
            Application::new().route(pattern, handler).route("^/(also wrong$", handler);
        let error_text = error_text(application);
        assert!(error_text.contains(what) && error_text.contains(&line), "{error_text}");
    }
}

/// Both lines, also across mounts.
#[test]
fn routes_that_serve_the_same_requests_are_named_with_both_lines() {
    let text = async || "text";
    let mounted = |path| Application::new().route(path, text);
    for (application, what) in [
        (
            Application::new().route("/n/{id}", text).route("/n/{key}", text),
            r#"the paths "/n/{id}" and "/n/{key}" match the same requests: first "#,
        ),
        (
            Application::new().route("/n/{id}", text).route("n/{id}/", get(text)),
            r#"the path "/n/{id}" is served twice: first "#,
        ),
        (
            Application::new().route("/n/{id}", get(text)).route("/n/{id}", text),
            r#"the path "/n/{id}" is served twice: first "#,
        ),
        (
            Application::new().route("/n/{id}", get(text)).route("/n/{id}", get(text).post(text)),
            r#"GET of the path "/n/{id}" is served twice: first "#,
        ),
        (
            mounted("/m/{*all}").mount("/m", mounted("/{*rest}")),
            r#"the paths "/m/{*all}" and "/m/{*rest}" match the same requests: first "#,
        ),
    ] {
        let error_text = error_text(application);
        assert!(error_text.starts_with(what), "{error_text}");
        assert_eq!(error_text.matches("mistakes.rs:").count(), 2, "{error_text}");
    }
    let (first, second, third) = (below(2), below(3), below(4));
    let application = Application::new()
        .route("/n/{id}", get(text))
        .route("/n/{id}", post(text))
        .route("/n/{id}", delete(text).get(text));
    let error_text = error_text(application);
    for line in [first, second, third] {
        assert!(error_text.contains(&line), "{line} {error_text}");
    }
}

#[test]
fn an_address_that_is_missing_or_no_address_is_an_error() {
    let nowhere = Application::new().start().unwrap_err().to_string();
    assert_eq!(nowhere, "there is no address to listen on");
    let half = Application::new().listen("127.0.0.1").start().unwrap_err().to_string();
    assert!(half.contains("\"127.0.0.1\"; one is host:port"), "{half}");
}

#[test]
fn a_prefix_that_cannot_be_used_is_named_with_its_line() {
    let files = || StaticFiles::new(env!("CARGO_MANIFEST_DIR"));
    for prefix in ["admin", "/admin?x", &format!("/{}", "x".repeat(255)), ""] {
        let line = below(1);
        let application = Application::new().mount(prefix, Application::new());
        let of_application = error_text(application);
        assert!(of_application.contains(&line), "{of_application}");
        assert!(of_application.contains(&format!("the prefix {prefix:?}")), "{of_application}");
        let line = below(1);
        let of_files = error_text(Application::new().mount(prefix, files()));
        assert!(of_files.contains(&line), "{of_files}");
    }
}

#[test]
fn the_line_of_a_mistake_in_a_mounted_application_is_that_of_the_mistake() {
    let line = below(1);
    let inner = Application::new().route("^/($", async || "never");
    let broken = error_text(Application::new().mount("/in", inner));
    assert!(broken.contains(&line), "{broken}");
    let line = below(1);
    let inner = Application::new().route("/x", async |State(name): State<String>| name);
    let missing = error_text(Application::new().mount("/in", inner));
    assert!(missing.contains(&line) && missing.contains("the route /x"), "{missing}");
}

#[test]
fn conflicts_options_and_missing_state_are_named_with_their_line() {
    let text = async || "text";
    let state = async |State(name): State<String>| name;
    for (line, application) in [
        (below(0), Application::new().route("/x", get(text).get(text))),
        (below(0), Application::new().route("/x", text.with_status(99))),
        (below(0), Application::new().route("/x", state)),
        (below(0), Application::new().on_request(state)),
        (below(0), Application::new().on_response(state)),
        (below(0), Application::new().error(404, state)),
        (below(0), Application::new().error(200, text)),
        (below(0), Application::new().middleware(Cors::new().origin("no"))),
    ] {
        let error_text = error_text(application);
        assert!(error_text.contains(&line), "{error_text}");
    }
    let twice = error_text(Application::new().route("/x", get(text).on(Method::GET, text)));
    assert!(twice.contains("the route /x: GET is given twice"), "{twice}");
}
