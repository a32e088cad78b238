//! Path parameters: as types, and as raw bytes.

use std::collections::BTreeMap;

use serde::Deserialize;
use tremolo::methods::get;
use tremolo::{Application, ErrorInfo, Handler, HttpError, Path, Request, blocking};

use crate::{ask, connect, start};

#[expect(dead_code, reason = "shown")]
#[derive(Debug, Deserialize)]
struct Post {
    year: u16,
    title: String,
    page: Option<u32>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Html,
    Json,
}

const POST: &str =
    r"^/posts/(?P<year>[^/?]+)/(?P<title>[^/?.]*)(?:\.(?P<format>\w+))?(?:/(?P<page>[^/?]+))?$";

#[test]
fn a_struct_is_filled_by_group_names() {
    let server = start(
        Application::new()
            .route(POST, async |Path(post): Path<Post>| format!("{post:?}"))
            .route(r"^/map/(?P<a>\w+)/(?P<b>\w+)$", {
                async |Path(map): Path<BTreeMap<String, String>>| format!("{map:?}")
            }),
    );
    for (path, expected) in [
        ("/posts/2026/hello", r#"Post { year: 2026, title: "hello", page: None, format: Html }"#),
        ("/posts/7/a.json/3?x", r#"Post { year: 7, title: "a", page: Some(3), format: Json }"#),
        // Decoded after matching: an encoded slash does not separate segments.
        (
            "/posts/7/a%2Fb%20%C3%A4+/3",
            r#"Post { year: 7, title: "a/b ä+", page: Some(3), format: Html }"#,
        ),
        ("/posts/%37/42", r#"Post { year: 7, title: "42", page: None, format: Html }"#),
        ("/posts/7/true", r#"Post { year: 7, title: "true", page: None, format: Html }"#),
        ("/map/1/x", r#"{"a": "1", "b": "x"}"#),
    ] {
        let answer = ask(&server, &format!("GET {path}"), &[], "");
        assert_eq!(answer, (200, expected.to_owned()), "{path}");
    }
    for (path, why) in [
        ("/posts/x/hello", "year: invalid type: string \"x\", expected u16"),
        ("/posts/65536/hello", "year: invalid value: integer `65536`, expected u16"),
        ("/posts/-1/hello", "year: invalid value: integer `-1`, expected u16"),
        (
            "/posts/340282366920938463463374607431768211456/hello",
            "year: invalid type: string \"340282366920938463463374607431768211456\", expected u16",
        ),
        ("/posts/7/%FF", "title: it is not UTF-8"),
        ("/posts/7/a.xml", "format: unknown variant `xml`, expected `html` or `json`"),
        ("/posts/7/a/b", "page: invalid type: string \"b\", expected u32"),
    ] {
        let (status, page) = ask(&server, &format!("GET {path}"), &[], "");
        let page = page.replace("&quot;", "\"").replace("&#34;", "\"");
        assert!(status == 400 && page.contains(why), "{path}: {status} {page}");
    }
}

/// By name and by position; an error names the parameter.
#[test]
fn parameters_of_templates_have_names_and_positions() {
    #[expect(dead_code, reason = "shown")]
    #[derive(Debug, Deserialize)]
    struct Article {
        year: u16,
        slug: String,
    }
    let server = start(
        Application::new()
            .route("/one/{id}", async |Path(id): Path<u64>| id.to_string())
            .route("/list/{a}/{b}", async |Path(list): Path<Vec<u8>>| format!("{list:?}"))
            .route(r"/{year}/{slug}", async |Path((year, slug)): Path<(u16, String)>| {
                format!("{year} {slug}")
            })
            .route(r"/struct/{year:\d{4}}/{slug}.html", {
                async |Path(article): Path<Article>| format!("{article:?}")
            })
            .route("/map/{a}/{*rest}", {
                async |Path(map): Path<BTreeMap<String, String>>| format!("{map:?}")
            })
            .route("/raw/{name}", async |request: Request| matched(&request)),
    );
    for (path, status, text) in [
        ("/one/7/?x", 200, "7"),
        ("/one/x", 400, "id: invalid type: string \"x\", expected u64"),
        ("/one/%FF", 400, "id: it is not UTF-8"),
        ("/list/1/2", 200, "[1, 2]"),
        ("/list/1/b", 400, "b: invalid type: string \"b\", expected u8"),
        ("/2026/a%2Fb", 200, "2026 a/b"),
        ("/x/a", 400, "year: invalid type: string \"x\", expected u16"),
        ("/struct/2026/a.b.html", 200, r#"Article { year: 2026, slug: "a.b" }"#),
        ("/struct/26/a.html", 404, ""),
        ("/map/1/x/y/", 200, r#"{"a": "1", "rest": "x/y/"}"#),
        ("/raw/a%20b", 200, r#"1 Some([97, 37, 50, 48, 98]) [(Some("name"), Some("a%20b"))]"#),
    ] {
        let (found, page) = ask(&server, &format!("GET {path}"), &[], "");
        let page = page.replace("&quot;", "\"").replace("&#34;", "\"");
        assert!(found == status && page.contains(text), "{path}: {found} {page}");
    }
}

#[test]
fn a_tuple_a_list_and_a_single_value_are_filled_by_position() {
    #[expect(dead_code, reason = "shown")]
    #[derive(Debug, Deserialize)]
    struct Id(u64);
    #[expect(dead_code, reason = "shown")]
    #[derive(Debug, Deserialize)]
    struct Pair(Id, char);
    let server = start(
        Application::new()
            .route(r"^/one/(.+)$", async |Path(id): Path<u64>| format!("{id}"))
            .route(r"^/id/(.+)$", async |Path(id): Path<Id>| format!("{id:?}"))
            .route(r"^/float/(.+)$", async |Path(x): Path<f32>| format!("{x}"))
            .route(r"^/flag/(.+)$", async |Path(flag): Path<bool>| format!("{flag}"))
            .route(r"^/large/(.+)$", async |Path(number): Path<i128>| format!("{number}"))
            .route(r"^/text/(?P<name>.+)$", async |Path(text): Path<String>| text)
            .route(r"^/pair/(.)/(.)$", async |Path((a, b)): Path<(u8, String)>| format!("{a} {b}"))
            .route(r"^/struct/(.)/(.)$", async |Path(pair): Path<Pair>| format!("{pair:?}"))
            .route(r"^/list/(.)/(.)$", async |Path(list): Path<Vec<u8>>| format!("{list:?}"))
            .route(r"^/maybe/(.)(?:/(.))?$", async |Path((a, b)): Path<(u8, Option<u8>)>| {
                format!("{a} {b:?}")
            }),
    );
    for (path, status, text) in [
        ("/one/42", 200, "42"),
        ("/one/x", 400, "expected u64"),
        ("/one/18446744073709551616", 400, "expected u64"),
        ("/id/42", 200, "Id(42)"),
        ("/float/1.5", 200, "1.5"),
        ("/float/1", 200, "1"),
        ("/flag/true", 200, "true"),
        ("/flag/yes", 400, "expected a boolean"),
        ("/large/-170141183460469231731687303715884105728", 200, "-17014118346046923173168730371"),
        ("/text/007", 200, "007"),
        ("/pair/1/2", 200, "1 2"),
        ("/pair/a/2", 400, "[0]: "),
        ("/struct/1/x", 200, "Pair(Id(1), 'x')"),
        ("/list/1/2", 200, "[1, 2]"),
        ("/maybe/1/2", 200, "1 Some(2)"),
        ("/maybe/1", 200, "1 None"),
    ] {
        let answer = ask(&server, &format!("GET {path}"), &[], "");
        assert!(answer.0 == status && answer.1.contains(text), "{path}: {answer:?}");
    }
}

/// A type that no request can satisfy is a fault of the program, not of the request.
#[test]
fn a_type_that_the_pattern_cannot_fill_is_a_500_without_details() {
    #[derive(Deserialize)]
    struct Named {
        id: u32,
    }
    let named = async |Path(named): Path<Named>| named.id.to_string();
    let pair = async |Path((a, b)): Path<(u8, u8)>| format!("{a}{b}");
    let one = async |Path(one): Path<u8>| one.to_string();
    let server = start(
        Application::new()
            .route(r"^/other/(?P<other>.)$", named)
            .route(r"^/unnamed/(.)$", named)
            .route(r"^/three/(.)(.)(.)$", pair)
            .route(r"^/two/(.)(.)$", one)
            .route(r"^/groups/(?P<id>\d)?$", named)
            .route("/option", async |path: Option<Path<u8>>| format!("{}", path.is_none()))
            .route(r"^/result/(.)$", async |path: Result<Path<u8>, HttpError>| {
                path.map_or_else(|error| error.status(), |Path(value)| value.into()).to_string()
            }),
    );
    for path in ["/other/1", "/unnamed/1", "/three/123", "/two/12"] {
        let (status, page) = ask(&server, &format!("GET {path}"), &[], "");
        assert!(status == 500 && !page.contains("expected"), "{path}: {status} {page}");
    }
    for (path, status, text) in [
        ("/groups/7", 200, "7"),
        ("/groups/", 400, "`id` is missing"),
        ("/option", 200, "true"),
        ("/result/7", 200, "7"),
        ("/result/x", 200, "400"),
    ] {
        let answer = ask(&server, &format!("GET {path}"), &[], "");
        assert!(answer.0 == status && answer.1.contains(text), "{path}: {answer:?}");
    }
}

/// No request could ever satisfy such a handler.
#[test]
fn a_path_extractor_on_a_route_without_groups_prevents_the_start() {
    let one = async |Path(one): Path<u8>| one.to_string();
    for application in [
        Application::new().route("/exact", one),
        Application::new().route("^/pattern$", one),
        Application::new().route("/options", one.with_status(201)),
        Application::new().route("/table", get(async || "").post(one)),
        Application::new().route("/blocking", blocking(|Path(one): Path<u8>| one.to_string())),
        Application::new().mount("/in", Application::new().route("/exact", one)),
    ] {
        let error = application.listen("127.0.0.1:0").start().unwrap_err().to_string();
        assert!(error.contains("asks for Path") && error.contains("/users/{id}"), "{error}");
        assert!(error.contains("path.rs:"), "{error}");
    }
    // Middleware and pages serve all routes, and an `Option` may be `None`.
    let server = start(
        Application::new()
            .on_request(async |_: Result<Path<u8>, HttpError>| ())
            .route("/exact", async |path: Option<Path<u8>>| format!("{}", path.is_none())),
    );
    assert_eq!(ask(&server, "GET /exact", &[], ""), (200, "true".to_owned()));
}

fn matched(request: &Request) -> String {
    let params = request.params();
    format!("{} {:?} {params:?}", params.len(), params.get("name").or_else(|| params.at(0)))
}

#[test]
fn handlers_middleware_and_pages_can_read_the_raw_parameters() {
    let server = start(
        Application::new()
            .on_response(async |request: Request, response: tremolo::Response| {
                response.set_header("X-Params", matched(&request))
            })
            .error(404, async |request: Request, _: ErrorInfo| matched(&request))
            .route("/exact", async |request: Request| matched(&request))
            .route(r"^/named/(?P<name>[^/]+)(?P<rest>/.*)?$", async |request: Request| {
                matched(&request)
            })
            .route(r"^/(at)/(.)$", async |path: Path<(String, u8)>, request: Request| {
                assert_eq!(path.0.1, 7);
                matched(&request)
            })
            .route(r"^/lost/(.+)$", async || Err::<(), _>(HttpError::not_found())),
    );
    for (path, expected) in [
        ("/exact", "0 None []"),
        (
            "/named/a%20b",
            r#"2 Some([97, 37, 50, 48, 98]) [(Some("name"), Some("a%20b")), (Some("rest"), None)]"#,
        ),
        ("/at/7", r#"2 Some([97, 116]) [(None, Some("at")), (None, Some("7"))]"#),
        ("/lost/x", r#"1 Some([120]) [(None, Some("x"))]"#),
    ] {
        let response = connect(&server).ask(path);
        assert_eq!(response.text(), expected, "{path}");
        assert_eq!(response.field("X-Params"), Some(expected), "{path}");
    }
}

/// Without middleware and pages only the call has the parameters.
#[test]
fn parameters_are_the_same_without_middleware_and_in_any_extractor_order() {
    let first = async |request: Request, Path(id): Path<u8>| format!("{id} {}", matched(&request));
    let last = async |Path(id): Path<u8>, request: Request| format!("{id} {}", matched(&request));
    let server =
        start(Application::new().route(r"^/first/(.)$", first).route(r"^/last/(.)$", last));
    for path in ["/first/7", "/last/7"] {
        let answer = ask(&server, &format!("GET {path}"), &[], "");
        assert_eq!(answer, (200, r#"7 1 Some([55]) [(None, Some("7"))]"#.to_owned()), "{path}");
    }
}
