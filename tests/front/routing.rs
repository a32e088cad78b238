//! Which handler serves a target, over the wire. The engine tests the rules in detail, and patterns
//! against a naive router.

use tremolo::methods::{get, on, post};
use tremolo::tower::OriginalUri;
use tremolo::{
    Application, HttpError, Method, Path, Redirect, Request, Response, ServerHandle, StaticFiles,
    StatusCode, TowerService,
};

use crate::{ask, connect, start};

/// The bodies that these `GET` targets return; `""` for a 404.
#[track_caller]
fn assert_served(server: &ServerHandle, expected: &[(&str, &str)]) {
    let mut client = connect(server);
    for (target, expected) in expected {
        let response = client.ask(target);
        let served = if response.status() == 404 { "" } else { response.text() };
        assert_eq!(served, *expected, "{target}");
    }
}

#[test]
fn an_exact_path_matches_with_and_without_a_trailing_slash_and_with_any_query() {
    let server = start(
        Application::new()
            .route("/", async || "index")
            .route("/hello", async || "hello")
            .route("/slash/", async || "slash")
            .route("/deep/er", async |request: Request| {
                format!("{} {}", request.path(), request.query_string())
            }),
    );
    assert_served(
        &server,
        &[
            ("/", "index"),
            ("/?a=b", "index"),
            ("/hello", "hello"),
            ("/hello/", "hello"),
            ("/hello?", "hello"),
            ("/hello/?a=/b/", "hello"),
            ("/hello?a=b&c=/d?e", "hello"),
            ("/slash", "slash"),
            ("/slash/?a", "slash"),
            ("/deep/er/?q=%20", "/deep/er/ q=%20"),
            ("/hello/x", ""),
            ("/hell", ""),
            ("/Hello", ""),
            ("/?/hello", "index"),
            ("http://other/hello/?a", "hello"),
        ],
    );
}

#[test]
fn a_pattern_is_searched_in_the_url_and_its_final_dollar_also_matches_before_the_query() {
    let named = async |request: Request| {
        let params = request.params();
        params.get("name").map(<[u8]>::escape_ascii).map(|name| name.to_string())
    };
    let server = start(
        Application::new()
            .route(r"^/end/(?P<name>\w+)$", named)
            .route(r"^/open/(?P<name>[^/?]+)", named)
            .route(r"\.(?P<name>\w+)$", named)
            .route(r"^/query\?.*\bid=(?P<name>\d+)", named)
            .route(r"^/typed/(\d+)$", async |Path(number): Path<u8>| number.to_string()),
    );
    assert_served(
        &server,
        &[
            ("/end/ada", "ada"),
            ("/end/ada?x=y", "ada"),
            ("/end/ada/", ""),
            ("/end/ada/x", ""),
            ("/open/ada/and/more?x", "ada"),
            ("/open/%2F", "%2F"),
            // A pattern may match anywhere in the URL, also in the query.
            ("/any/where/page.html?x", "html"),
            ("/?page.css", "css"),
            ("/query?a=1&id=7", "7"),
            ("/query?a=1", ""),
            ("/typed/255?x", "255"),
        ],
    );
    assert_eq!(ask(&server, "GET /typed/256", &[], "").0, 400);
}

#[test]
fn the_later_registration_wins_among_paths_among_patterns_and_across_mounts() {
    let inner = || {
        Application::new()
            .route("/path", async || "inner path")
            .route("^/pattern", async || "inner pattern")
    };
    let server = start(
        Application::new()
            .route("/twice", async || "first")
            .route("/twice/", async || "second")
            .route("^/pat", async || "first")
            .route("^/patt", async || "second")
            .route("^/pa", async || "third")
            .route("/in/path", async || "before")
            .route("^/in/pattern", async || "before")
            .mount("/in", inner())
            .mount("/over", inner())
            .route("/over/path", async || "after")
            .route("^/over/pattern", async || "after")
            .mount("/again", inner())
            .mount("/again", Application::new().route("/path", async || "again"))
            .mount("/again", Application::new().route("^/pattern/a", async || "again")),
    );
    assert_served(
        &server,
        &[
            ("/twice", "second"),
            ("/twice/", "second"),
            ("/pattern", "third"),
            ("/in/path", "inner path"),
            ("/in/pattern", "inner pattern"),
            ("/over/path", "after"),
            ("/over/pattern", "after"),
            ("/again/path", "again"),
            ("/again/pattern/a", "again"),
            ("/again/pattern/b", "inner pattern"),
        ],
    );
}

#[test]
fn paths_with_parameters_are_between_exact_paths_and_patterns() {
    let inner = || Application::new().route("/{id}", async |Path(id): Path<String>| id);
    let server = start(
        Application::new()
            .route("^/n/", async || "pattern")
            .route("/n/{*rest}", async |Path(rest): Path<String>| format!("rest {rest}"))
            .route("/n/{id}", get(async |Path(id): Path<String>| format!("note {id}")))
            .route("/n/{id}/", post(async |Path(id): Path<String>| format!("posted {id}")))
            .route("/n/all", async || "all")
            .mount("/m", inner())
            .mount("/m/in", inner()),
    );
    assert_served(
        &server,
        &[
            ("/n/all", "all"),
            ("/n/7", "note 7"),
            ("/n/a%2Fb/?q", "note a/b"),
            ("/n/7/x/", "rest 7/x/"),
            ("/n/", "pattern"),
            ("/m/x?y", "x"),
            ("/m/in", "in"),
            ("/m/in/x", "x"),
            ("/m/in/x/y", ""),
        ],
    );
    assert_eq!(ask(&server, "POST /n/7", &[], ""), (200, "posted 7".to_owned()));
    let mut client = connect(&server);
    client.send("PUT /n/7 HTTP/1.1\r\nHost: a\r\n\r\n");
    let refused = client.read_response();
    assert_eq!((refused.status(), refused.field("Allow")), (405, Some("GET, HEAD, POST")));
}

/// Exact paths take precedence over patterns, and patterns over mounts, in any order of
/// registration.
#[test]
fn routes_take_precedence_over_mounts() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "file").unwrap();
    std::fs::write(folder.path().join("exact"), "lost").unwrap();
    let service =
        |name: &'static str| TowerService::new(axum::Router::new().fallback(async move || name));
    let server = start(
        Application::new()
            .route(r"^/users/(\d+)$", async || "pattern")
            .route("/folder/exact", async || "exact")
            .mount("/folder/deep", service("deep"))
            .mount("/folder", StaticFiles::new(folder.path()))
            .mount("/", service("root"))
            .route("/users/all", async || "exact")
            .mount("/users", service("users")),
    );
    assert_served(
        &server,
        &[
            ("/users/7", "pattern"),
            ("/users/all", "exact"),
            ("/users/x", "users"),
            ("/folder/exact", "exact"),
            ("/folder/file", "file"),
            ("/folder/deep/file", "deep"),
            ("/", "root"),
            ("/x", "root"),
        ],
    );
}

/// RFC 3986 section 6.2.2: the same route, mount and folder; the handler reads the raw target.
#[test]
fn equivalent_urls_reach_one_handler_that_reads_the_raw_target() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b"), "file").unwrap();
    let seen = async |uri: http::Uri, original: axum::Extension<OriginalUri>| {
        format!("{uri} {}", original.0.0)
    };
    let server = start(
        Application::new()
            .route("/caf\u{e9}", async |request: Request| request.path().into_owned())
            .route(r"^/caf\u{e9}/(.+)$", async |request: Request| {
                request.params().at(0).unwrap().escape_ascii().to_string()
            })
            .mount("/stat\u{ef}c", StaticFiles::new(folder.path()))
            .mount("/api", TowerService::new(axum::Router::new().fallback(seen)))
            .mount(
                "/admin",
                Application::new()
                    .on_request(async || Err::<(), _>(HttpError::forbidden()))
                    .route("/", async || "secret"),
            ),
    );
    assert_served(
        &server,
        &[
            ("/caf%c3%a9", "/caf%c3%a9"),
            ("/%63af%C3%A9/", "/%63af%C3%A9/"),
            ("/caf%c3%a9/%7e%2f", "%7e%2f"),
            ("/stat%c3%afc/a%20b", "file"),
            ("/%73tat%C3%AFc/%61%20b", "file"),
            ("/%61pi/%7e?q=%7e", "/%7e?q=%7e /%61pi/%7e?q=%7e"),
            ("/ap%69", "/ /ap%69"),
            ("//api/x", ""),
            ("/api//x", "//x /api//x"),
            ("/stat%C3%AFc//a%20b", ""),
        ],
    );
    // The middleware of a mounted application runs for each spelling that reaches it.
    for (target, status) in [
        ("/admin", 403),
        ("/%61dmin/", 403),
        ("/admin/x", 403),
        ("//admin", 404),
        ("/x/../admin", 404),
    ] {
        assert_eq!(ask(&server, &format!("GET {target}"), &[], "").0, status, "{target}");
    }
}

/// RFC 9110 sections 9.3.6, 9.3.7 and 9.3.8.
#[test]
fn a_catch_all_does_not_serve_connect_trace_and_options_asterisk() {
    let all = || axum::Router::new().fallback(async || "all");
    for application in [
        Application::new().mount("/", TowerService::new(all())),
        Application::new().route("^", async || "all"),
        Application::new()
            .route("/x", post(async || "").any(async || "all"))
            .route("^", async || "all"),
    ] {
        let stamped = async |response: Response| response.set_header("X-Seen", "yes");
        let server = start(application.on_response(stamped));
        assert_eq!(ask(&server, "GET /x", &[], ""), (200, "all".to_owned()));
        for (line, status) in [("CONNECT a:1", 501), ("TRACE /x", 405), ("OPTIONS *", 204)] {
            let mut client = connect(&server);
            client.send(format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n"));
            let response = client.read_response();
            assert_eq!(
                (response.status(), response.field("X-Seen")),
                (status, Some("yes")),
                "{line}"
            );
            assert_eq!(response.field("Allow").is_some(), status != 501, "{line}");
        }
    }
    let server = start(
        Application::new()
            .route("*", async || StatusCode::IM_A_TEAPOT)
            .route("/trace", on(Method::TRACE, async || "traced")),
    );
    assert_eq!(ask(&server, "OPTIONS *", &[], "").0, 418);
    assert_eq!(ask(&server, "GET /*", &[], "").0, 404);
    assert_eq!(ask(&server, "TRACE /trace", &[], ""), (200, "traced".to_owned()));
    let tunnel = Application::new().route("/", on(Method::CONNECT, async || ""));
    let error = tunnel.listen("127.0.0.1:0").start().unwrap_err().to_string();
    assert!(error.contains("CONNECT") && error.contains("501"), "{error}");
}

/// As many as a large application has; each is found among the others.
#[test]
fn thousands_of_paths_and_patterns_reach_their_handlers() {
    let mut application = Application::new();
    for number in 0..3_000 {
        let (path, pattern) = (format!("/path/{number}"), format!(r"^/pattern/{number}/(\w+)$"));
        application = application
            .route(&path, async move || format!("path {number}"))
            .route(&pattern, async move |Path(name): Path<String>| format!("{number} {name}"))
            .route(&format!("/{{name}}/{number}"), async move |Path(name): Path<String>| {
                format!("{name} of {number}")
            });
    }
    let server = start(application);
    let mut client = connect(&server);
    for number in (0..3_000).step_by(97) {
        let result = client.ask(&format!("/path/{number}/?q")).status_and_text();
        assert_eq!(result, (200, format!("path {number}")));
        let result = client.ask(&format!("/pattern/{number}/ada?q")).status_and_text();
        assert_eq!(result, (200, format!("{number} ada")));
        let result = client.ask(&format!("/ada/{number}/?q")).status_and_text();
        assert_eq!(result, (200, format!("ada of {number}")));
    }
    assert_eq!(client.ask("/path/3000").status(), 404);
    assert_eq!(client.ask("/pattern/3000/ada").status(), 404);
    assert_eq!(client.ask("/ada/3000").status(), 404);
}

/// RFC 9110 section 15.4.
#[test]
fn a_redirect_has_its_status_and_its_location() {
    let server = start(
        Application::new()
            .route("/301", async || Redirect::permanent("/new"))
            .route("/302", async || Redirect::to("/new"))
            .route("/303", async || Redirect::see_other("/new"))
            .route("/307", async || Redirect::temporary("/new"))
            .route("/308", async || Redirect::permanent_same_method("/new"))
            .route("/split", async || Redirect::to("/new\r\nX-Split: yes")),
    );
    let mut client = connect(&server);
    for status in [301, 302, 303, 307, 308] {
        let response = client.ask(&format!("/{status}"));
        assert_eq!((response.status(), response.field("Location")), (status, Some("/new")));
        assert_eq!(response.text(), "");
    }
    let response = client.ask("/split");
    assert_eq!((response.status(), response.field("X-Split")), (500, None));
}
