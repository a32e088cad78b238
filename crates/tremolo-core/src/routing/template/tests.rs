//! Paths with parameters: what they match, what they are refused for, and their order, as tables
//! and compared with a naive matcher.

use proptest::prelude::*;

use super::super::linear_pattern::of_hir::linear_pattern;
use super::super::pattern::Pattern;
use super::super::regex::template_hir;
use super::super::{RouteError, RouteTable, Router, ServedTwice};
use super::Template;

fn table(paths: &[&str]) -> RouteTable<usize> {
    let mut table = RouteTable::default();
    for (at, path) in paths.iter().enumerate() {
        table.add_at(path, at, &format!("line {at}")).unwrap();
    }
    table
}

/// The number of the route, and the decoded parameters with their names.
fn found(router: &Router<usize>, url: &str) -> Option<(usize, Vec<(String, String)>)> {
    let path = url.split('?').next().unwrap();
    let found = router.find(path.as_bytes(), url.as_bytes())?;
    let names = found.params.iter(url.as_bytes()).map(|(name, _)| name.unwrap().to_owned());
    let values = (0..).map(|at| found.params.text(url.as_bytes(), at).unwrap().unwrap().into());
    Some((*found.target, names.zip(values).collect()))
}

#[test]
fn a_template_matches_a_path() {
    for (template, matching, others) in [
        (
            "/notes/{id}",
            &[
                ("/notes/7", "id=7"),
                ("/notes/7/", "id=7"),
                ("/notes/7//?a=/b", "id=7"),
                ("/n%6ftes/a%2Fb%20c", "id=a/b c"),
                ("/notes/{x}", "id={x}"),
            ][..],
            &[
                "/notes",
                "/notes/",
                "/notes//",
                "/notes/7/x",
                "/notes//7",
                "//notes/7",
                "/x/notes/7",
                "/notes?7",
            ][..],
        ),
        ("notes/{id}/", &[("/notes/7", "id=7")], &["/notes"]),
        ("/{a}?{b}", &[("/x?y", "a=x")], &["/", "//x", "*"]),
        (
            "/files/{*rest}",
            &[
                ("/files/a", "rest=a"),
                ("/files/a/b/?c", "rest=a/b/"),
                ("/files//", "rest=/"),
                ("/files/%2F%41", "rest=/A"),
            ],
            &["/files", "/files/", "/files/?x", "/filesa"],
        ),
        ("/{*all}", &[("/a/b", "all=a/b"), ("//", "all=/")], &["/", "/?a", "*"]),
        (
            r"/{year:\d{4}}/{slug}",
            &[("/2026/a", "year=2026,slug=a"), ("/202%36/a", "year=2026,slug=a")],
            &["/26/a", "/20266/a", "/2026", "/x2026/a"],
        ),
        (r"/{tail:.+}/x", &[("/a/b/x", "tail=a/b")], &["/x", "/a?b/x"]),
        (r"/{tail:.+}", &[("/a/b/?x?y", "tail=a/b/")], &["/", "/?a"]),
        (r"/{a:[^x]+}x", &[("/a/x?x", "a=a/")], &["/x", "/a?x"]),
        (r"/{a:(\d+)-(?P<b>\d+)|z}", &[("/1-2", "a=1-2"), ("/z", "a=z")], &["/1", "/zz"]),
        (r"/{a:(?i)ab}c", &[("/aBc", "a=aB")], &["/abC"]),
        (
            "/{name}.txt",
            &[("/a.txt.txt", "name=a.txt"), ("/a.txt/", "name=a")],
            &["/.txt", "/a.txtx"],
        ),
        ("/v{major}/x", &[("/v1/x", "major=1")], &["/v/x", "/1/x"]),
        ("/{a}-{b}:run", &[("/1-2-3:run", "a=1-2,b=3")], &["/-:run", "/1-:run", "/1-2"]),
        ("/caf\u{e9}/{x}", &[("/caf\u{e9}/\u{e9}", "x=\u{e9}")], &["/cafe/x"]),
        ("/{{x}}", &[("/{x}", ""), ("/%7Bx%7d/", "")], &["/x", "/{{x}}"]),
        ("/{{{x}}}", &[("/{a}", "x=a"), ("/%7ba%7D", "x=a")], &["/a"]),
        (r"/{x:\{\}}", &[("/{}", "x={}")], &["/x"]),
    ] {
        let router = table(&[template]).compile().unwrap();
        for (url, params) in matching {
            let (_, found) = found(&router, url).unwrap_or_else(|| panic!("{template} {url}"));
            let found: Vec<_> =
                found.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(found.join(","), *params, "{template} {url}");
        }
        for url in others {
            assert_eq!(found(&router, url), None, "{template} {url}");
        }
    }
}

/// Without an automaton it takes as long as the same pattern.
#[test]
fn a_template_of_whole_segments_is_linear() {
    for (template, expected) in [
        ("/notes/{id}", true),
        (r"/{year:\d{4}}/{slug}/x", true),
        ("/files/{*rest}", true),
        ("/v{major}/x", true),
        ("/{name}.txt", false),
        ("/{{x}}/{y}", false),
    ] {
        let template = Template::parse(template).unwrap();
        let pattern = Pattern::of_template(&template).unwrap();
        assert_eq!(pattern.is_linear(), expected, "{template:?}");
    }
}

#[test]
fn the_more_literal_template_wins_in_any_order_of_registration() {
    let ascending = [
        "^/a",
        "/{*all}",
        r"/{all:.+}/c",
        "/{a}/{*rest}",
        "/{a}/{b}",
        r"/{a:\w+}/{b}",
        "/{a}-z/{b}",
        "/{a}-yz/{b}",
        "/a/{*rest}",
        "/a/{rest:.+}",
        "/a/{b}",
        r"/a/{b:\w+}",
        r"/a/{b:\w+}/{c}",
        "/a/{b}c",
        "/a/{b}/c",
        "/a/b/c",
    ];
    let cases = [
        ("/ab?x", "/{*all}"),
        ("///c", r"/{all:.+}/c"),
        ("/x/c", r"/{a:\w+}/{b}"),
        ("/x/y", r"/{a:\w+}/{b}"),
        ("/x-y/b", "/{a}/{b}"),
        ("/x-z/b", "/{a}-z/{b}"),
        ("/x-yz/b", "/{a}-yz/{b}"),
        ("/-yz/b", "/{a}/{b}"),
        ("/x/y/z", "/{a}/{*rest}"),
        ("/a", "/{*all}"),
        ("/a/-", "/a/{b}"),
        ("/a/x", r"/a/{b:\w+}"),
        ("/a/xc", "/a/{b}c"),
        ("/a/x/y/z", "/a/{rest:.+}"),
        ("/a/x/y", r"/a/{b:\w+}/{c}"),
        ("/a/x/c", r"/a/{b:\w+}/{c}"),
        ("/a/-/c", "/a/{b}/c"),
        ("/a/b/c", "/a/b/c"),
    ];
    for rotation in 0..ascending.len() {
        for is_reversed in [false, true] {
            let mut paths = ascending.to_vec();
            paths.rotate_left(rotation);
            if is_reversed {
                paths.reverse();
            }
            let router = table(&paths).compile().unwrap();
            for (url, expected) in cases {
                let found = found_path(&router, &paths, url);
                assert_eq!(found, Some(expected), "{url} {paths:?}");
            }
        }
    }
}

fn found_path<'p>(router: &Router<usize>, paths: &[&'p str], url: &str) -> Option<&'p str> {
    let path = url.split('?').next().unwrap();
    let found = router.find(path.as_bytes(), url.as_bytes())?;
    paths.get(*found.target).copied()
}

#[test]
fn templates_are_between_exact_paths_and_expressions_also_across_mounts() {
    let mut main = table(&["/api/{x}", "^/api/", "/api/exact", "/{a}/list"]);
    let mut inner = RouteTable::default();
    inner.add("/{*rest}", 10).unwrap();
    inner.add("/{y}/{z}", 11).unwrap();
    inner.add(r"^/\d+$", 12).unwrap();
    inner.add("/list", 13).unwrap();
    main.mount("/api", inner).unwrap();
    main.add_prefix("/api", 20).unwrap();
    let router = main.compile().unwrap();
    for (url, expected) in [
        ("/api/7", 0),
        ("/api/exact", 2),
        ("/api/list", 13),
        ("/x/list", 3),
        ("/api/a/b", 11),
        ("/api/a/b/c", 10),
        ("/api//", 10),
        ("/api/", 1),
        ("/api", 20),
    ] {
        assert_eq!(found(&router, url).map(|(target, _)| target), Some(expected), "{url}");
    }
    let (_, params) = found(&router, "/api/a%2f/b?q").unwrap();
    assert_eq!(params, [("y".to_owned(), "a/".to_owned()), ("z".to_owned(), "b".to_owned())]);
}

/// Of templates that neither order nor shape separates, the later one wins.
#[test]
fn of_templates_with_different_expressions_the_later_one_wins() {
    let router = table(&[r"/{a:\w+}", r"/{a:\d+}"]).compile().unwrap();
    assert_eq!(found(&router, "/7").unwrap().0, 1);
    let router = table(&[r"/{a:\d+}", r"/{a:\w+}"]).compile().unwrap();
    assert_eq!(found(&router, "/7").unwrap().0, 1);
}

#[test]
fn templates_that_match_the_same_requests_are_an_error_with_both_places() {
    for (paths, expected) in [
        (
            ["/a/{id}", "/a/{key}"],
            r#"the paths "/a/{id}" and "/a/{key}" match the same requests: first line 0, then line 1"#,
        ),
        (
            ["/a/{id}", "a/{id}/?q"],
            r#"the path "/a/{id}" is served twice: first line 0, then line 1"#,
        ),
        (
            ["/%7e/{*a}", "/~/{*b}"],
            r#"the paths "/~/{*a}" and "/~/{*b}" match the same requests: first line 0, then line 1"#,
        ),
        (
            [r"/{{/{a:\d+}", r"/{{/{b:\d+}"],
            r#"the paths "/{{/{a:\\d+}" and "/{{/{b:\\d+}" match the same requests: first line 0, then line 1"#,
        ),
    ] {
        assert_eq!(table(&paths).compile().unwrap_err().to_string(), expected);
    }
    let mut main = table(&["/m/{a}"]);
    main.mount("/m", table(&["/other", "/{b}"])).unwrap();
    let error = main.compile().unwrap_err().to_string();
    let expected =
        r#"the paths "/m/{a}" and "/m/{b}" match the same requests: first line 0, then line 1"#;
    assert_eq!(error, expected);
    for paths in [["/{a}", "/{*a}"], ["/{a}", r"/{a:\d+}"], ["/{a}", "/{a}/b"], ["/{a}x", "/{a}y"]]
    {
        table(&paths).compile().unwrap();
    }
}

#[test]
fn a_template_is_taken_to_be_registered_with_more_methods() {
    use super::super::MethodTable;

    let mut table = table(&["/a/{id}", r"/a/{id:\d+}", "/a/{*id}"]);
    assert!(table.take("/a/{key}").is_none() && table.take("^/a/{id}$").is_none());
    let earlier = table.take("a/{id}/").unwrap();
    assert_eq!((earlier.target, earlier.place.as_deref()), (0, Some("line 0")));
    assert_eq!(earlier.places("line 9"), "line 0 and line 9");
    let (get, both) = (MethodTable::new().get(()), MethodTable::new().post(()).get(()));
    let check = |own: Option<&MethodTable<()>>, later: &MethodTable<()>| {
        earlier.check_merge(own, later, "line 9")
    };
    assert_eq!(check(Some(&get), &MethodTable::new().post(())), Ok(None));
    let text = |own: Option<&MethodTable<()>>, later: &MethodTable<()>| {
        check(own, later).unwrap_err().to_string()
    };
    let twice = r#"the path "/a/{id}" is served twice: first line 0, then line 9"#;
    assert_eq!(text(Some(&get), &both), format!("GET of {twice}"));
    assert_eq!(text(Some(&get), &MethodTable::new().any(())), twice);
    assert_eq!(text(None, &get), twice);
    assert_eq!(table.take(r"/a/{id:\d+}").unwrap().target, 1);
    assert!(table.take("/a/{id}").is_none());

    // The later target of an exact path is used.
    let mut table = self::table(&["/a", "^/b$"]);
    for (path, line) in [("/a", "line 0"), ("^/b$", "line 1")] {
        let twice = table.take(path).unwrap().check_merge(Some(&get), &both, "line 9");
        let expected =
            format!("GET of the path {path:?} is served twice: first {line}, then line 9");
        assert_eq!(twice.unwrap().unwrap().to_string(), expected);
    }
    assert!(table.overridden().is_empty());
}

#[test]
fn exact_paths_that_are_registered_again_are_noted() {
    let mut main = table(&["/a", "/m/b", "/{id}", "a/"]);
    main.mount("/m", table(&["/b", "/c", "/c"])).unwrap();
    let noted: Vec<_> = main.overridden().iter().map(ToString::to_string).collect();
    let twice = |path, first, then| {
        format!("the path {path:?} is served twice: first line {first}, then line {then}")
    };
    assert_eq!(noted, [twice("/a", 0, 3), twice("/m/b", 1, 0), twice("/c", 1, 2)]);
    main.compile().unwrap();
}

#[test]
fn invalid_templates_are_refused_with_a_reason() {
    for (path, expected) in [
        ("/a/{id", "has a { without its }; the character itself is {{"),
        (r"/a/{id:\d{2}", "has a { without its }; the character itself is {{"),
        ("/a/id}", "has a } without its {; the character itself is }}"),
        ("/{a}/{a}", r#"has two parameters with the name "a""#),
        ("/{a}{b}", "has two parameters without text between them"),
        ("/{*a}/b", "has text behind {*a}, which takes the rest"),
        ("/{*a}{b}", "has text behind {*a}, which takes the rest"),
        ("/a{*b}", "needs a slash before {*b}"),
        ("/{a:(}", r#"has the expression "(", which is none: unclosed group"#),
        (
            r"/{a:(x)\1}",
            r#"has the expression "(x)\\1", which is none: backreferences are not supported"#,
        ),
        (
            "/{a:}",
            r#"has the expression "", which may be empty; a parameter never is: use + instead of *"#,
        ),
        (
            r"/{a:\d*}",
            r#"has the expression "\\d*", which may be empty; a parameter never is: use + instead of *"#,
        ),
        (
            r"/{a:x\?}",
            r#"has the expression "x\\?", which matches a question mark; the query is not a part of the path"#,
        ),
        (
            "/{a:[?]}",
            r#"has the expression "[?]", which matches a question mark; the query is not a part of the path"#,
        ),
        (
            r"/{a:^\d+$}",
            r#"has the expression "^\\d+$", which has ^, $ or \b; it matches the whole parameter without them"#,
        ),
        ("/{a:[a&&b]}", r#"has the expression "[a&&b]", which matches nothing"#),
        (
            "/{id:int}",
            r#"has the converter "int" of another router; the type of the handler's argument converts a parameter, and an expression such as {id:\d+} limits it"#,
        ),
        (
            "/{a}/:b",
            "has a parameter as other routers write it; here it is {id} for a segment, and {*rest} for the rest",
        ),
        (
            r"/{a}/(\d+)",
            r"has a character that no URL has; what varies is a parameter, such as {id} or {id:\d+}",
        ),
        ("/{a}/(?P<b>.+)", "has a group but is no pattern: begin it with ^ or end it with $"),
    ] {
        let error = RouteTable::default().add(path, ()).unwrap_err();
        assert_eq!(error.to_string(), format!("the path {path:?} {expected}"));
    }
    for path in
        ["/{}", "/{*}", "/{1a}", "/{a b}", "/{a-b}", "/{a...}", "/{rest*}", "/{:x}", "/{\u{e9}}"]
    {
        let error = RouteTable::default().add(path, ()).unwrap_err().to_string();
        assert!(error.contains("whose name is not one"), "{error}");
    }
    let large = RouteTable::default().add(r"/{a:\w{1000}{1000}}", ()).unwrap_err();
    assert!(matches!(large, RouteError::BadPattern { .. }), "{large}");
}

#[test]
fn an_error_without_places_has_none() {
    let twice = ServedTwice {
        paths: ["/a".to_owned(), "/a".to_owned()],
        places: [None, Some("here".to_owned())],
        method: None,
    };
    assert_eq!(twice.to_string(), r#"the path "/a" is served twice: here"#);
    let twice = ServedTwice { places: [None, None], ..twice };
    assert_eq!(twice.to_string(), r#"the path "/a" is served twice"#);
}

/// A piece of a path for the naive matcher.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Naive {
    Text(&'static str),
    Segment,
    Rest,
    /// `[ab]+`
    Letters,
    /// `.+`
    Any,
}

const NAMES: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];

fn source(pieces: &[Naive]) -> String {
    let mut names = NAMES.iter();
    let pieces = pieces.iter().map(|piece| {
        let mut name = || names.next().unwrap();
        match piece {
            Naive::Text(text) => (*text).to_owned(),
            Naive::Segment => format!("{{{}}}", name()),
            Naive::Rest => format!("{{*{}}}", name()),
            Naive::Letters => format!("{{{}:[ab]+}}", name()),
            Naive::Any => format!("{{{}:.+}}", name()),
        }
    });
    format!("/{}", pieces.collect::<String>())
}

/// The parameters, if the pieces match the whole text; each takes as much as it can.
fn naive_match<'u>(pieces: &[Naive], text: &'u str) -> Option<Vec<&'u str>> {
    let Some((first, rest)) = pieces.split_first() else {
        return text.chars().all(|next| next == '/').then(Vec::new);
    };
    let allowed: fn(char) -> bool = match first {
        Naive::Text(wanted) => return naive_match(rest, text.strip_prefix(wanted)?),
        Naive::Segment => |next| next != '/',
        Naive::Letters => |next| matches!(next, 'a' | 'b'),
        Naive::Rest | Naive::Any => |_| true,
    };
    let longest = text.find(|next| !allowed(next)).unwrap_or(text.len());
    let lengths = (1..=longest).rev();
    let mut matches = lengths.filter_map(|length| {
        if *first == Naive::Rest && length < text.len() {
            return None;
        }
        let mut params = naive_match(rest, &text[length..])?;
        params.insert(0, &text[..length]);
        Some(params)
    });
    matches.next()
}

fn pieces() -> impl Strategy<Value = Vec<Naive>> {
    let text = prop::sample::select(vec!["a", "b", "a/", "/b", "/", "/a/", "-", "/-"]);
    let param =
        prop::sample::select(vec![Naive::Segment, Naive::Segment, Naive::Letters, Naive::Any]);
    let start = prop::sample::select(vec!["", "a", "a/", "b", "-/"]);
    let end = prop::sample::select(vec![None, Some(Naive::Text("a")), Some(Naive::Text("/b"))]);
    let middle = prop::collection::vec((param, text), 0..3);
    (start, middle, any::<bool>(), end).prop_map(|(start, middle, has_rest, end)| {
        let mut pieces = vec![Naive::Text(start)];
        for (param, text) in middle {
            pieces.extend([param, Naive::Text(text)]);
        }
        let is_segment_start =
            matches!(pieces.last(), Some(Naive::Text(text)) if text.ends_with('/'));
        let is_root = pieces == [Naive::Text("")];
        if has_rest && (is_segment_start || is_root) {
            pieces.push(Naive::Rest);
        } else if has_rest {
            pieces.extend([Naive::Segment].into_iter().chain(end));
        }
        pieces
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn agrees_with_a_naive_matcher(
        templates in prop::collection::vec(pieces(), 1..10),
        is_mounted in any::<bool>(),
        urls in prop::collection::vec("/?[ab/-]{0,10}", 1..8),
    ) {
        let mut table = RouteTable::default();
        let mut known: Vec<(String, Vec<Naive>)> = Vec::new();
        for pieces in templates {
            let source = source(&pieces);
            let is_new = known.iter().all(|(other, _)| other.trim_matches('/') != source.trim_matches('/'));
            if is_new {
                table.add(&source, known.len()).unwrap();
                known.push((source, pieces));
            }
        }
        let router = match is_mounted {
            true => {
                let mut main = RouteTable::default();
                main.mount("/m", table).unwrap();
                main.compile().unwrap()
            }
            false => table.compile().unwrap(),
        };
        for path in &urls {
            let matching = |(source, pieces): &(String, Vec<Naive>)| {
                // For an exact path a second slash at the start is significant.
                let is_index = is_mounted && source == "/" && path.trim_matches('/').is_empty();
                if !source.contains('{') && path.starts_with('/') && !is_index {
                    return None;
                }
                let mut pieces = pieces.clone();
                if let Some(Naive::Text(text)) = pieces.last_mut() {
                    *text = text.trim_end_matches('/');
                }
                naive_match(&pieces, path)
            };
            let url = format!("{}/{path}?a/b", if is_mounted { "/m" } else { "" });
            let found = found(&router, &url);
            let is_matched = known.iter().any(|route| matching(route).is_some());
            prop_assert_eq!(found.is_some(), is_matched, "{} {:?}", url, known);
            let Some((target, params)) = found else { continue };
            let params: Vec<_> = params.iter().map(|(_, value)| value.as_str()).collect();
            if let Some(expected) = matching(&known[target]) {
                prop_assert_eq!(params, expected, "{} {:?}", url, known[target]);
            } else {
                prop_assert!(false, "{} does not match {:?}", url, known[target]);
            }
        }
    }
}

#[test]
fn a_linear_template_is_what_its_regular_expression_is() {
    for (path, is_linear) in [
        ("/notes/{id}", true),
        ("/a/{b}/c%20/{*rest}", true),
        (r"/{year:\d{4}}/{slug:[a-z-]+}/x", true),
        ("/caf\u{e9}/{id}", true),
        ("/{name}.json", false),
        ("/{a}-{b}", false),
        ("/{{{id}}}", false),
        (r"/{id:a|bc}", false),
    ] {
        let template = Template::parse(path).unwrap();
        let linear = template.to_linear();
        assert_eq!(linear.is_some(), is_linear, "{path}");
        assert_eq!(linear, linear_pattern(&template_hir(&template)), "{path}");
    }
}
