//! Mounted applications: their routes, middleware, hooks, pages and state.

use tremolo::{Application, ErrorInfo, HttpError, Path, Request, State, StaticFiles, methods};

use super::Trace;
use crate::{ask, connect, start};

fn noting(trace: &Trace, name: &'static str) -> impl AsyncFn() -> String + Send + Sync + use<> {
    let trace = trace.clone();
    async move || {
        trace.note(name);
        name.to_owned()
    }
}

/// `/`, `/a` with both kinds, `/a/b` with `on_request` only, `/a/b/c` without, `/a/b/d` with
/// `on_response` only, `/plain` without.
fn nested(trace: &Trace) -> Application {
    let c = Application::new().route("/x", noting(trace, "c"));
    let d =
        Application::new().on_response(trace.noting("d out")).route(r"^/(\w)$", noting(trace, "d"));
    let b = Application::new()
        .on_request(trace.noting("b in"))
        .mount("/c", c)
        .mount("/d", d)
        .route("/x", noting(trace, "b"));
    let a = Application::new()
        .mount("/b", b)
        .on_request(trace.noting("a in 1"))
        .on_request(trace.noting("a in 2"))
        .on_response(trace.noting("a out"))
        .route("/", noting(trace, "a"))
        .route("/x", noting(trace, "a"));
    let plain = Application::new().route("/x", noting(trace, "plain"));
    Application::new()
        .mount("/a", a)
        .on_request(trace.noting("in"))
        .on_response(trace.noting("out"))
        .mount("/plain", plain)
        .route("/x", noting(trace, "root"))
}

#[test]
fn the_middleware_of_a_mounted_application_runs_inside_that_around_it() {
    let trace = Trace::default();
    let server = start(nested(&trace));
    let a_in = ["in", "a in 1", "a in 2"];
    let a_out = ["a out", "out"];
    for (path, status, way_in, middle, way_out) in [
        ("/x", 200, &["in"][..], &["root"][..], &["out"][..]),
        ("/plain/x", 200, &["in"], &["plain"], &["out"]),
        ("/a", 200, &a_in, &["a"], &a_out),
        ("/a/x", 200, &a_in, &["a"], &a_out),
        ("/a/b/x", 200, &a_in, &["b in", "b"], &a_out),
        ("/a/b/c/x/", 200, &a_in, &["b in", "c"], &a_out),
        ("/a/b/d/x", 200, &a_in, &["b in", "d", "d out"], &a_out),
        // Also where no route matches.
        ("/nowhere", 404, &["in"], &[], &["out"]),
        ("/ab", 404, &["in"], &[], &["out"]),
        ("/plain/nowhere", 404, &["in"], &[], &["out"]),
        ("/a/nowhere", 404, &a_in, &[], &a_out),
        ("/a/b/c/d/e", 404, &a_in, &["b in"], &a_out),
        ("/a/b/d/nowhere", 404, &a_in, &["b in", "d out"], &a_out),
    ] {
        assert_eq!(ask(&server, &format!("GET {path}"), &[], "").0, status, "{path}");
        assert_eq!(trace.take(), [way_in, middle, way_out].concat(), "{path}");
    }
}

#[test]
fn an_isolated_application_runs_without_the_middleware_around_it() {
    let trace = Trace::default();
    let inner = Application::new()
        .on_request(trace.noting("inner in"))
        .on_response(trace.noting("inner out"))
        .route("/x", noting(&trace, "inner"));
    let isolated = Application::new()
        .isolated()
        .on_request(trace.noting("isolated in"))
        .mount("/inner", inner)
        .route("/x", noting(&trace, "isolated"));
    let open = Application::new().isolated().route("/x", noting(&trace, "open"));
    let root = Application::new().isolated().route("/y", noting(&trace, "root"));
    let server = start(
        Application::new()
            .config(tremolo::Config { request_ids: true, ..Default::default() })
            .on_request(trace.noting("in"))
            .on_response(trace.noting("out"))
            .mount("/isolated", isolated)
            .mount("/a", Application::new().on_request(trace.noting("a in")).mount("/open", open))
            .mount("/", root),
    );
    for (path, expected) in [
        ("/isolated/x", &["isolated in", "isolated"][..]),
        ("/isolated/inner/x", &["isolated in", "inner in", "inner", "inner out"]),
        ("/isolated/nowhere", &["isolated in"]),
        ("/a/open/x", &["open"]),
        // At `/` it has no effect.
        ("/y", &["in", "root", "out"]),
    ] {
        let response = connect(&server).ask(path);
        assert_eq!(trace.take(), expected, "{path}");
        // The option of the server holds everywhere.
        assert!(response.field("X-Request-Id").is_some(), "{path}");
    }
}

#[test]
fn mounted_routes_are_the_latest_and_patterns_do_not_see_the_prefix() {
    let inner = Application::new()
        .route("/over", async || "mounted")
        .route("/later", async || "mounted")
        .route("/methods", methods::get(async || "got"))
        .route(r"^/user/(?P<name>\w+)$", async |Path(name): Path<String>, request: Request| {
            format!("{name} {} {:?}", request.path(), request.params())
        });
    let server = start(
        Application::new()
            .route("/in/over", async || "ours")
            .mount("/in", inner)
            .route("/in/later", async || "ours"),
    );
    for (line, status, text) in [
        ("GET /in/over", 200, "mounted"),
        ("GET /in/later", 200, "ours"),
        ("GET /in/methods", 200, "got"),
        ("POST /in/methods", 405, ""),
        ("GET /in/user/ada", 200, r#"ada /in/user/ada [(Some("name"), Some("ada"))]"#),
        ("GET /user/ada", 404, ""),
        ("GET /over", 404, ""),
    ] {
        let answer = ask(&server, line, &[], "");
        assert!(answer.0 == status && answer.1.contains(text), "{line}: {answer:?}");
    }
}

#[test]
fn state_is_shared_pages_are_those_of_the_root_and_hooks_are_added() {
    #[derive(Clone)]
    struct Ours(&'static str);
    #[derive(Clone)]
    struct Theirs(&'static str);
    let trace = Trace::default();
    let both = async |State(ours): State<Ours>, State(theirs): State<Theirs>| {
        format!("{} {}", ours.0, theirs.0)
    };
    let inner = Application::new()
        .state(Ours("not this"))
        .state(Theirs("theirs"))
        .on_connect(trace.noting("inner connect"))
        .on_close(trace.noting("inner close"))
        .error(404, async || "never")
        .route("/state", both);
    let server = start(
        Application::new()
            .on_connect(trace.noting("connect"))
            .mount("/in", inner)
            .state(Ours("ours"))
            .error(404, async |error: ErrorInfo| format!("page of {}", error.status()))
            .route("/state", both),
    );
    let mut client = connect(&server);
    for path in ["/state", "/in/state"] {
        assert_eq!(client.ask(path).text(), "ours theirs", "{path}");
    }
    assert_eq!(client.ask("/in/nowhere").status_and_text(), (404, "page of 404".to_owned()));
    assert_eq!(trace.take(), ["connect", "inner connect"]);
    drop(client);
    tremolo_tests::wait_until("the connection is gone", || trace.len() == 1);
    assert_eq!(trace.take(), ["inner close"]);
}

#[test]
fn addresses_are_added_and_mounted_folders_are_below_the_prefix() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/files/public");
    let inner = Application::new()
        .listen("127.0.0.1:0")
        .mount("/files", StaticFiles::new(folder).listing(true));
    let server = start(Application::new().mount("/in", inner));
    assert_eq!(server.addresses().len(), 2);
    assert_eq!(ask(&server, "GET /in/files/", &[], "").0, 200);
    assert_eq!(ask(&server, "GET /files/", &[], "").0, 404);
}

#[test]
fn applications_at_one_prefix_share_middleware_and_one_at_the_root_extends_the_outer_one() {
    let trace = Trace::default();
    let with = |name| Application::new().on_request(trace.noting(name));
    let halts = async |request: Request| match request.header("X-Halt") {
        Some(_) => Err(HttpError::forbidden()),
        None => Ok(()),
    };
    let server = start(
        with("ours")
            .mount("/", with("first").route("/x", async || "x"))
            .mount("/in", with("second").route("/y", async || "y"))
            .mount("/in/", with("third").on_request(halts).route("/z", async || "z")),
    );
    for (path, expected) in [
        ("/x", &["ours", "first"][..]),
        ("/in/y", &["ours", "first", "second", "third"]),
        ("/in/z", &["ours", "first", "second", "third"]),
        ("/nowhere", &["ours", "first"]),
    ] {
        ask(&server, &format!("GET {path}"), &[], "");
        assert_eq!(trace.take(), expected, "{path}");
    }
    assert_eq!(ask(&server, "GET /in/y", &["X-Halt: 1"], "").0, 403);
}
