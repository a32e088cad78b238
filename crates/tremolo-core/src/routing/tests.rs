//! The rules in the header of the module, as tables, and the compiled router against a naive one.

use proptest::prelude::*;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::*;

fn table<'a>(routes: &[(&str, &'a str)]) -> RouteTable<&'a str> {
    let mut table = RouteTable::default();
    for (path, target) in routes {
        table.add(path, *target).unwrap();
    }
    table
}

fn path_of(url: &[u8]) -> &[u8] {
    url.split(|byte| *byte == b'?').next().unwrap_or_default()
}

fn target<'a>(router: &Router<&'a str>, url: &str) -> Option<&'a str> {
    router.find(path_of(url.as_bytes()), url.as_bytes()).map(|found| *found.target)
}

/// The parameters as text; `-` for a group that took no part in the match.
fn params(router: &Router<&str>, url: &str) -> Vec<String> {
    let found = router.find(path_of(url.as_bytes()), url.as_bytes()).unwrap();
    let text = |(name, value): (Option<&str>, Option<&[u8]>)| {
        let value = value.map_or_else(|| "-".into(), String::from_utf8_lossy);
        name.map_or_else(|| value.to_string(), |name| format!("{name}={value}"))
    };
    found.params.iter(url.as_bytes()).map(text).collect()
}

#[track_caller]
fn assert_found(router: &Router<&str>, expected: &[(&str, Option<&str>)]) {
    for (url, expected) in expected {
        assert_eq!(target(router, url), *expected, "{url}");
    }
}

#[test]
fn exact_paths_ignore_trailing_slashes_and_the_query() {
    let routes = [("/a", "old"), ("a/?x=1", "a"), ("/", "index"), ("/b/c", "c"), ("/%41", "A")];
    let router = table(&routes).compile().unwrap();
    let expected = [
        ("/a", Some("a")),
        ("/a///?y", Some("a")),
        ("/", Some("index")),
        ("/?/", Some("index")),
        // A different path: a check that compares paths as text must see what the router sees.
        ("//a", None),
        ("//", None),
        ("///?", None),
        ("/b/c/", Some("c")),
        ("/b//c", None),
        ("/B/c", None),
        ("/A", Some("A")),
        ("/%41", Some("A")),
        ("/a/b", None),
        ("*", None),
    ];
    assert_found(&router, &expected);
    let found = router.find(b"/a", b"/a").unwrap();
    assert!(found.params.is_empty() && found.rest.is_none() && found.scope == ScopeId::ROOT);
}

#[test]
fn a_pattern_is_searched_in_the_url_and_a_final_dollar_matches_before_the_query() {
    let routes = [
        (r"^/id/(?P<id>\d+)", "open"),
        (r"^/exact/(\d+)$", "closed"),
        ("/end$", "end"),
        (r"^/q\?x=1", "query"),
        (r"^/cost\$", "escaped"),
        ("^/two$$", "two"),
        (r"^/latin/(?:%[89A-F][0-9A-F])+$", "bytes"),
    ];
    let router = table(&routes).compile().unwrap();
    let expected = [
        ("/id/7/more", Some("open")),
        ("/x/id/7", None),
        ("//id/7", None),
        ("/exact/7", Some("closed")),
        ("/exact/7?a=b", Some("closed")),
        ("/exact/7/", None),
        ("/any/end", Some("end")),
        ("/any/end?x", Some("end")),
        ("/any/end/", None),
        ("/q?x=1&y", Some("query")),
        ("/q", None),
        ("/cost$", Some("escaped")),
        ("/cost", None),
        ("/two?", Some("two")),
        ("/latin/é", Some("bytes")),
    ];
    assert_found(&router, &expected);
}

#[test]
fn groups_are_parameters_by_name_or_else_by_position() {
    let routes = [
        (r"^/n/(?P<a>\w+)/(\w+)(?:/(?P<b>\w+))?$", "named"),
        (r"^/p/(\w+)(?:/(\w+))?$", "positional"),
        (r"^/none/\w+$", "none"),
        (r"^/many/(.)(.)(.)(.)(.)(.)$", "many"),
        (r"/tail/(?P<t>.*)$", "tail"),
    ];
    let router = table(&routes).compile().unwrap();
    assert_eq!(params(&router, "/n/x/y/z"), ["a=x", "b=z"]);
    assert_eq!(params(&router, "/n/x/y?q"), ["a=x", "b=-"]);
    assert_eq!(params(&router, "/p/x"), ["x", "-"]);
    assert_eq!(params(&router, "/none/x"), [""; 0]);
    assert_eq!(params(&router, "/many/abcdef"), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(params(&router, "/a/tail/b/c"), ["t=b/c"]);
    let found = router.find(b"/n/x/y", b"/n/x/y").unwrap();
    assert!(found.params.is_named() && found.params.len() == 2);
    assert_eq!(found.params.get(b"/n/x/y", "a"), Some(&b"x"[..]));
    assert_eq!(found.params.get(b"/n/x/y", "c"), None);
    assert_eq!(found.params.at(b"/n/x/y", 1), None);
    assert_eq!(found.params.at(b"/n", 0), None, "another URL is no harm");
}

#[test]
fn the_later_pattern_wins_and_exact_paths_take_precedence() {
    let routes = [("/a", "exact"), ("^/a", "first"), ("b$", "second"), ("^/a/c", "third")];
    let router = table(&routes).compile().unwrap();
    let expected = [
        ("/a", Some("exact")),
        ("/a?b", Some("exact")),
        ("/ax", Some("first")),
        ("/a/b", Some("second")),
        ("/a/cb", Some("third")),
        ("/b", Some("second")),
    ];
    assert_found(&router, &expected);
}

#[test]
fn of_patterns_with_a_common_start_the_later_one_wins() {
    let routes = [("^/a.*y", "first"), ("^/a.*x", "second"), ("p", "open"), ("q$", "late")];
    let router = table(&routes).compile().unwrap();
    let expected = [("/ayx", Some("second")), ("/axy", Some("second")), ("/ay", Some("first"))];
    assert_found(&router, &expected);
    assert_found(&router, &[("/pq", Some("late")), ("/qp", None), ("/ayq", Some("late"))]);
}

#[test]
fn a_prefix_covers_whole_segments_and_the_longest_wins() {
    let mut table = table(&[("/s/exact", "exact"), ("^/s/old", "old")]);
    table.add_prefix("/s", "lost").unwrap();
    table.add_prefix("/s/", "s").unwrap();
    table.add_prefix("/s/deep", "deep").unwrap();
    table.add("^/s/new", "new").unwrap();
    let router = table.compile().unwrap();
    let rest = |url: &'static str| {
        let found = router.find(path_of(url.as_bytes()), url.as_bytes())?;
        Some((*found.target, found.rest.map(|rest| str::from_utf8(rest).unwrap())))
    };
    for (url, expected) in [
        ("/s", Some(("s", Some("")))),
        ("/s/", Some(("s", Some("/")))),
        ("/s/a/b?q", Some(("s", Some("/a/b")))),
        ("/s/deep", Some(("deep", Some("")))),
        ("/s/deep/x", Some(("deep", Some("/x")))),
        ("/s/deeper", Some(("s", Some("/deeper")))),
        ("/s//a", Some(("s", Some("//a")))),
        ("/s/exact", Some(("exact", None))),
        ("/s/old", Some(("old", None))),
        ("/s/new", Some(("new", None))),
        ("/sx", None),
        ("//s/a", None),
        ("/", None),
    ] {
        assert_eq!(rest(url), expected, "{url}");
    }
}

#[test]
fn an_empty_prefix_covers_all_paths() {
    let mut table = table(&[]);
    table.add_prefix("/", "all").unwrap();
    let router = table.compile().unwrap();
    assert_found(&router, &[("/", Some("all")), ("/a/b?c", Some("all")), ("*", None)]);
    for path in ["/", "/a", "//a", "/%61/"] {
        let found = router.find(path.as_bytes(), path.as_bytes()).unwrap();
        assert_eq!(found.rest, Some(path.as_bytes()), "as it was sent");
    }
}

#[test]
fn a_mounted_application_sees_the_url_behind_its_prefix() {
    let inner = table(&[("/", "deep index"), (r"^/(\d+)$", "deep id")]);
    let mut sub = table(&[("/", "sub index"), ("/a", "sub a"), ("^/b$", "sub b"), ("^c", "never")]);
    sub.add(r"/end/(?P<n>\d+)$", "sub end").unwrap();
    sub.add_prefix("/files", "sub files").unwrap();
    sub.mount("/deep/", inner).unwrap();
    let mut main = table(&[("/sub/a", "main a"), ("^/sub/b", "main b")]);
    main.mount("/sub", sub).unwrap();
    main.add("^/sub/late$", "main late").unwrap();
    let router = main.compile().unwrap();
    let expected = [
        ("/sub", Some("sub index")),
        ("/sub/", Some("sub index")),
        ("/sub/a/?q", Some("sub a")),
        ("/sub/b?q", Some("sub b")),
        ("//sub/b", None),
        ("/sub/bb", Some("main b")),
        ("/sub/files/x", Some("sub files")),
        ("/sub/deep", Some("deep index")),
        ("/sub/deep/12", Some("deep id")),
        ("/sub/late", Some("main late")),
        ("/subc", None),
        ("/deep", None),
    ];
    assert_found(&router, &expected);
    assert_eq!(params(&router, "/sub/deep/12"), ["12"]);
    assert_eq!(params(&router, "/sub/x/end/3?q"), ["n=3"]);
}

/// Exact paths take precedence over patterns, and patterns over mounts, in any order of
/// registration.
#[test]
fn kinds_of_routes_have_a_fixed_precedence() {
    type Add = fn(&mut RouteTable<&'static str>);
    let adds: [Add; 4] = [
        |table| drop(table.add("/a/exact", "exact")),
        |table| drop(table.add("^/a/[ep]", "pattern")),
        |table| drop(table.add_prefix("/", "root")),
        |table| drop(table.add_prefix("/a", "mount")),
    ];
    for first in 0..24 {
        let mut order = vec![0, 1, 2, 3];
        let mut table = RouteTable::default();
        for left in (1..=4).rev() {
            adds[order.remove(first % left)](&mut table);
        }
        let router = table.compile().unwrap();
        assert_found(
            &router,
            &[
                ("/a/exact", Some("exact")),
                ("/a/e", Some("pattern")),
                ("/a/p/x", Some("pattern")),
                ("/a/x", Some("mount")),
                ("/b", Some("root")),
            ],
        );
    }
}

/// RFC 3986 section 6.2.2: equivalent URLs reach one route, and the handler reads the raw URL.
#[test]
fn equivalent_urls_reach_one_route() {
    let mut table = table(&[
        ("/hello", "hello"),
        ("/caf\u{e9}/men\u{fc}", "menu"),
        ("/a%2fb", "encoded slash"),
        ("/%7Euser", "user"),
        (r"^/caf\u{e9}/(?P<x>[^/?]+)$", "pattern"),
        (r"^/%70/(?P<x>.+)$", "p"),
    ]);
    let mut inner = self::table(&[("/in", "in"), (r"^/(?P<x>\w+)/\w+$", "inner")]);
    inner.add_prefix("/files", "files").unwrap();
    table.mount("/\u{fc}ber", inner).unwrap();
    table.add_prefix("/%61pi", "api").unwrap();
    let router = table.compile().unwrap();
    assert_found(
        &router,
        &[
            ("/%68ello", Some("hello")),
            ("/%68%65%6C%6c%6F/?%71", Some("hello")),
            ("/hello%2F", None),
            ("/Hello", None),
            ("/%48ello", None),
            ("/caf%c3%a9/men%C3%BC", Some("menu")),
            ("/caf\u{e9}/men\u{fc}/", Some("menu")),
            ("/a%2Fb", Some("encoded slash")),
            ("/a%2fb", Some("encoded slash")),
            ("/a/b", None),
            ("/~user", Some("user")),
            ("/%7euser", Some("user")),
            ("/%c3%bcber/in", Some("in")),
            ("/%C3%BC%62er/%69n", Some("in")),
            ("/%61pi", Some("api")),
            ("/ap%69/x", Some("api")),
            ("/api%2Fx", None),
            ("/%2Fapi", None),
        ],
    );
    for (url, expected) in [
        ("/caf%c3%a9/%61%2f%e4?x", "x=%61%2f%e4"),
        ("/caf\u{e9}/\u{fc}", "x=\u{fc}"),
        ("/p/%7e?q=%7e", "x=%7e?q=%7e"),
        ("/%c3%bcber/%61b/c", "x=%61b"),
    ] {
        assert_eq!(params(&router, url), [expected], "{url}");
    }
    for (url, expected) in [
        ("/%61pi/%7e/%2f", "/%7e/%2f"),
        ("/api", ""),
        ("/%61pi/", "/"),
        ("/%c3%bcber/f%69les/%2e", "/%2e"),
        ("/\u{fc}ber/files/a.b", "/a.b"),
    ] {
        let found = router.find(url.as_bytes(), url.as_bytes()).unwrap();
        assert_eq!(found.rest, Some(expected.as_bytes()), "{url}");
    }
}

#[derive(Debug, PartialEq)]
struct Target(bool);

impl DecidesMethods for Target {
    fn decides_methods(&self) -> bool {
        self.0
    }
}

/// RFC 9110 sections 9.3.7 and 9.3.8.
#[test]
fn the_server_itself_answers_trace_and_options_asterisk() {
    use crate::Config;
    use crate::http1::request::{HeadParser, RequestHead};

    let table = |own: bool| {
        let mut table = RouteTable::default();
        table.add("/all", Target(false)).unwrap();
        table.add("/table", Target(true)).unwrap();
        table.add("^/pattern", Target(false)).unwrap();
        table.add_prefix("/m", Target(false)).unwrap();
        if own {
            table.add("^", Target(true)).unwrap();
            table.add_prefix("/", Target(true)).unwrap();
            table.add("*", Target(false)).unwrap();
        }
        table.compile().unwrap()
    };
    let ask = |router: &Router<Target>, line: &str| {
        let mut input = format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes().into();
        let mut head = RequestHead::default();
        HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap();
        router.route(&head).map(|found| found.target.0)
    };
    let (router, with_own) = (table(false), table(true));
    for (line, expected) in [
        ("GET /all", Ok(false)),
        ("trace /all", Ok(false)),
        ("TRACE /all", Err(Unserved::TraceRefused)),
        ("TRACE /pattern", Err(Unserved::TraceRefused)),
        ("TRACE /m/x", Err(Unserved::TraceRefused)),
        ("TRACE /table", Ok(true)),
        ("TRACE /nothing", Err(Unserved::NotFound)),
        ("GET /nothing", Err(Unserved::NotFound)),
        ("OPTIONS /nothing", Err(Unserved::NotFound)),
        ("OPTIONS /all", Ok(false)),
        ("OPTIONS *", Err(Unserved::ServerOptions)),
        ("OPTIONS http://a", Err(Unserved::ServerOptions)),
        ("GET /*", Err(Unserved::NotFound)),
    ] {
        assert_eq!(ask(&router, line), expected, "{line}");
    }
    // Only a route of its own serves it, no pattern and no prefix.
    assert_eq!(ask(&with_own, "OPTIONS *"), Ok(false));
    assert_eq!(ask(&with_own, "GET /*"), Ok(true));
    let answers = [Unserved::NotFound, Unserved::TraceRefused, Unserved::ServerOptions];
    assert_eq!(answers.map(|answer| answer.status().as_u16()), [404, 405, 204]);
    assert_eq!(answers.map(|answer| answer.allow().is_some()), [false, true, true]);
}

#[test]
fn the_scope_is_the_application_of_a_route() {
    let mut sub = table(&[("/x", "x")]);
    let of_sub = sub.mount("/deep", table(&[("^/p", "p")])).unwrap();
    assert_eq!(of_sub, [ScopeId(1)]);
    let mut main = table(&[("/sub/own", "own")]);
    main.mount("/other", table(&[])).unwrap();
    let ids = main.mount("/sub", sub).unwrap();
    assert_eq!(ids, [ScopeId(2), ScopeId(3)]);
    assert_eq!(main.mount("/sub/", table(&[("/y", "y")])).unwrap(), [ids[0]]);
    assert_eq!(main.mount("/", table(&[("/z", "z")])).unwrap(), [ScopeId::ROOT]);
    let router = main.compile().unwrap();

    let scope = |path: &'static [u8]| router.find(path, path).unwrap().scope;
    assert_eq!(scope(b"/sub/own"), ScopeId::ROOT);
    assert_eq!(scope(b"/z"), ScopeId::ROOT);
    assert_eq!(
        [scope(b"/sub/x"), scope(b"/sub/y"), scope(b"/sub/deep/p")],
        [ids[0], ids[0], ids[1]]
    );
    assert_eq!(router.prefix(ids[1]), b"sub/deep");
    assert_eq!(router.parent(ids[1]), Some(ids[0]));
    assert_eq!(router.parent(ids[0]), Some(ScopeId::ROOT));
    assert_eq!(router.parent(ScopeId::ROOT), None);
    assert_eq!(router.scopes().len(), 4);
    let at = |path: &[u8]| router.scope_at(path);
    let deep = at(b"/s%75b/%64eep/404");
    assert_eq!([at(b"/sub/own"), at(b"/sub"), deep], [ids[0], ids[0], ids[1]]);
    assert_eq!([at(b"/"), at(b"/subs"), at(b"//sub")], [ScopeId::ROOT; 3]);
}

#[test]
fn a_path_can_be_registered_again_with_more_methods() {
    let routes = [("/a", "a"), ("^/p$", "p"), ("^/p", "longer"), ("*", "server"), ("/é", "é")];
    let mut table = table(&routes);
    table.mount("/m", self::table(&[("/a", "m"), ("^/q$", "q")])).unwrap();
    for (path, known) in
        [("a/", "a"), ("^/p$", "p"), ("*", "server"), ("/%c3%a9", "é"), ("/%2A", "")]
    {
        let taken = table.take(path).map(|earlier| earlier.target);
        assert_eq!(taken, (!known.is_empty()).then_some(known));
        if taken.is_some() {
            table.add(path, "changed").unwrap();
        }
    }
    assert!(table.take("/m/a").is_none() && table.take("^/q$").is_none());
    let router = table.compile().unwrap();
    // The merged route counts as registered with its last part.
    let changed = Some("changed");
    let expected = [("/a", changed), ("/p", changed), ("*", changed), ("/m/a", Some("m"))];
    assert_found(&router, &expected);
    assert_found(&router, &[("/é", changed), ("/px", Some("longer"))]);
}

#[test]
fn invalid_routes_are_refused_with_a_reason() {
    let mut table = RouteTable::<()>::default();
    for (path, expected) in [
        (
            r"^/a(?=b)",
            r#"the pattern "^/a(?=b)" cannot be used: look-around, including look-ahead and look-behind, is not supported"#,
        ),
        (
            r"^/(a)\1$",
            r#"the pattern "^/(a)\\1$" cannot be used: backreferences are not supported"#,
        ),
        ("^/(a$", r#"the pattern "^/(a$" cannot be used: unclosed group"#),
        ("[a$", r#"the pattern "[a$" cannot be used: unclosed character class"#),
        (
            "^/(?P<a>.)(?P<a>.)",
            r#"the pattern "^/(?P<a>.)(?P<a>.)" cannot be used: duplicate capture group name"#,
        ),
        (
            r"^\w{1000}{1000}",
            r#"the pattern "^\\w{1000}{1000}" cannot be used: it needs over 1048576 bytes"#,
        ),
        (
            "/a/(?P<id>.+)",
            r#"the path "/a/(?P<id>.+)" has a group but is no pattern: begin it with ^ or end it with $"#,
        ),
        (
            "/a/<id>",
            r#"the path "/a/<id>" has a character that no URL has; what varies is a parameter, such as {id} or {id:\d+}"#,
        ),
    ] {
        assert_eq!(table.add(path, ()).unwrap_err().to_string(), expected);
    }
    let long = format!("/{}", "a".repeat(255));
    for (prefix, expected) in [
        ("", r#"the prefix "" must begin with a slash"#),
        ("sub", r#"the prefix "sub" must begin with a slash"#),
        (
            "/a/{b}",
            r#"the prefix "/a/{b}" has a parameter, but what is mounted has a fixed prefix: write the parameter in the routes of the mounted application"#,
        ),
        (
            "/:tenant",
            r#"the prefix "/:tenant" has a parameter as other routers write it; here it is {id} for a segment, and {*rest} for the rest"#,
        ),
        ("/a?b", r#"the prefix "/a?b" must not have a query"#),
        (&long, &format!("the prefix {long:?} is longer than 255 bytes")),
    ] {
        assert_eq!(table.add_prefix(prefix, ()).unwrap_err().to_string(), expected);
        assert_eq!(table.mount(prefix, RouteTable::default()).unwrap_err().to_string(), expected);
    }
    table.mount(&long[..255], RouteTable::default()).unwrap();
}

/// RFC 3986, appendix A: characters that no URL contains. A parameter in the syntax of another
/// router, or a pattern without its `^`, would be a path that is never requested.
#[test]
fn a_path_that_no_url_contains_is_refused() {
    for path in [
        "/a/<int:id>",
        r"/a/(\d+)",
        "/a/([^/]+)/b",
        "/a}",
        "/a#b",
        "/todos/:id",
        ":id",
        "/:a/b",
        "/files/*",
        "/files/*path",
        "/files/**",
    ] {
        let mut table = RouteTable::default();
        let refused = table.add(path, ()).unwrap_err();
        assert!(matches!(refused, RouteError::BadPath { .. }), "{path}: {refused}");
    }
    // In a query they are ignored, and these are ordinary characters.
    for path in ["/a?{b}", "/a:b/@c/(d)/*.css/~$e/f|g/[h]", "/a%7Bb%7D", "/caf\u{e9}", "*"] {
        RouteTable::default().add(path, ()).unwrap();
    }
}

#[test]
fn the_total_size_of_patterns_is_limited() {
    let mut table = RouteTable::default();
    for at in 0..120 {
        table.add(&format!("^/x(?:[a-z]{{90}}|[0-9]{{90}}|.x){{45}}{at}"), ()).unwrap();
    }
    let error = table.compile().unwrap_err();
    assert_eq!(error, RouteError::TooLarge { limit: 64 << 20 });
    assert!(error.to_string().starts_with("the patterns of all routes need over 67108864 bytes"));
}

/// Pieces that overlap in many ways, for patterns and URLs of the same letters.
fn pattern() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("a"),
        Just("b"),
        Just("/"),
        Just("."),
        Just(".*"),
        Just("(a|b)"),
        Just("(?:a|/b)"),
        Just("[^/]+"),
        Just(r"\?"),
        Just("(?P<n>b*)"),
        Just("a?"),
        Just("|"),
        Just("(?i)A"),
        Just("$"),
    ];
    let body = prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat());
    let ends = prop_oneof![Just(("^", "")), Just(("^/", "")), Just(("", "$")), Just(("^/", "$"))];
    (ends, body).prop_map(|((before, after), body)| format!("{before}{body}{after}"))
}

fn naive_pattern(pattern: &str) -> Option<Regex> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let body = pattern.trim_end_matches('$');
    let pattern = if body == pattern { body.to_owned() } else { format!(r"{body}(?:\?.*)?$") };
    Regex::builder().syntax(syntax).build(&pattern).ok()
}

proptest! {
    #[test]
    fn agrees_with_trying_every_pattern_from_the_last(
        patterns in prop::collection::vec((pattern(), any::<bool>()), 1..12),
        urls in prop::collection::vec("(/m|/%6d)?/{1,2}([ab/]|%6[12]){0,6}(\\?([ab/]|%61){0,3})?", 1..8),
    ) {
        let (mut main, mut sub, mut known) = (RouteTable::default(), RouteTable::default(), vec![]);
        for (at, (pattern, is_mounted)) in patterns.iter().enumerate() {
            let Some(naive) = naive_pattern(pattern) else { continue };
            let to = if *is_mounted { &mut sub } else { &mut main };
            to.add(pattern, at).unwrap();
            known.push((*is_mounted, at, naive));
        }
        main.mount("/m", sub).unwrap();
        let router = main.compile().unwrap();
        known.sort_by_key(|(is_mounted, at, _)| (*is_mounted, *at));
        for url in &urls {
            let url = url.as_bytes();
            let form = &*normal::normal(url);
            let behind = form.strip_prefix(b"/m");
            let behind = behind.filter(|rest| matches!(rest.first(), None | Some(b'/' | b'?')));
            let expected = known.iter().rev().find(|(is_mounted, _, naive)| {
                let text = if *is_mounted { behind } else { Some(form) };
                text.is_some_and(|text| naive.is_match(text))
            });
            let found = router.find(path_of(url), url);
            prop_assert_eq!(found.as_ref().map(|found| *found.target), expected.map(|(_, at, _)| *at));
            let (Some(found), Some((is_mounted, _, naive))) = (found, expected) else { continue };
            let base = if *is_mounted { 2 } else { 0 };
            let mut captures = naive.create_captures();
            naive.captures(&form[base..], &mut captures);
            let named = captures.get_group_by_name("n");
            if naive.group_info().to_index(regex_automata::PatternID::ZERO, "n").is_some() {
                let expected = named.map(|span| &form[base..][span.start..span.end]);
                let sent = found.params.get(url, "n").map(normal::normal);
                prop_assert_eq!(sent.as_deref(), expected);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        url in prop::collection::vec(any::<u8>(), 0..80),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut table = table(&[(".*(a+)+$", "p"), (r"^/(?P<x>[^/]*)/\x80", "q"), ("^", "r")]);
        table.add_prefix("/s", "s").unwrap();
        table.mount("/m", self::table(&[("(.)$", "m")])).unwrap();
        let router = table.compile().unwrap();
        let path = &url[..cut.index(url.len() + 1)];
        let found = router.find(path, &url);
        prop_assert_eq!(found.is_some(), path.starts_with(b"/"), "one of them matches everything");
        if let Some(found) = found {
            found.params.iter(&url).for_each(|(_, value)| assert!(value.is_none_or(|value| url.len() >= value.len())));
        }
        let _ = (router.scope_at(&url), router.find(&url, path));
    }
}
