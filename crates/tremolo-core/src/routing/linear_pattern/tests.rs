//! Which patterns are linear, and that they match what their regular expressions match.

use proptest::prelude::*;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::super::RouteTable;
use super::super::pattern::Pattern;

#[test]
fn a_sequence_of_literals_and_byte_classes_is_linear() {
    for (pattern, expected) in [
        (r"^/users/(?P<id>\d+)$", true),
        (r"^/r1/(?P<id>[^/]+)/posts/(?P<n>\d{1,9})$", true),
        (r"^/files/(?P<path>.*)$", true),
        (r"^/(?P<a>(\w+)-x)/?$", true),
        (r"^/(?i)ab/[a-z0-9-]*", true),
        (r"^/(a|b)\d*[a-z]?$", true),
        (r"^/\w{3}\w*?x", false),
        (r"^/\w+\d$", false),
        ("^/a*b?c", true),
        ("^/a*b?a", false),
        (r"^/.*/x$", false),
        (r"^/[^/]+\?x=1$", false),
        (r"^/a(?:/b)?$", false),
        (r"^/(\d|xy)$", false),
        (r"^/\ba$", false),
        (r"^/a$x", false),
        (r"/x/(\d+)$", true),
        (r"/end$", true),
        (r"/x/([^/]+)$", true),
        (r"ab(\w+)$", false),
        (r"(\d+)/x$", false),
        (r".*$", false),
    ] {
        assert_eq!(Pattern::new(pattern).unwrap().is_linear(), expected, "{pattern}");
    }
}

#[test]
fn long_literals_and_many_groups_are_linear() {
    let text = "/long".repeat(50);
    let pattern = format!("^(.)x{text}(.)(.)(.)({text})(.)$");
    assert!(Pattern::new(&pattern).unwrap().is_linear());
    let mut table = RouteTable::default();
    table.add(&pattern, ()).unwrap();
    let router = table.compile().unwrap();
    let url = format!("/x{text}abc{text}d?{text}");
    let found = router.find(url.as_bytes(), url.as_bytes()).unwrap();
    let groups: Vec<_> = found.params.iter(url.as_bytes()).filter_map(|(_, value)| value).collect();
    assert_eq!(groups, [b"/", b"a", b"b", b"c", text.as_bytes(), b"d"]);
    assert!(router.find(b"/", url.replace("gab", "g-ab").as_bytes()).is_none());
}

/// A sequence of literals and classes, some in groups. Few letters, so that classes overlap.
fn body() -> impl Strategy<Value = String> {
    let class = prop::sample::select(vec![
        "a", "[ab]", "[^/]", "[^a]", ".", r"\w", "[/?]", "(?s:.)", "(?i:A)", "(?:a|/)",
    ]);
    let count = prop::sample::select(vec!["", "?", "*", "+", "{2}", "{1,2}", "{0,3}", "{2,}"]);
    let run = (class, count).prop_map(|(class, count)| format!("{class}{count}"));
    let text = prop::sample::select(vec!["a", "b/", "/", "/a", r"\?"]).prop_map(str::to_owned);
    let piece = (prop_oneof![run, text], 0..3).prop_map(|(piece, group)| match group {
        0 => format!("({piece})"),
        _ => piece,
    });
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn finds_what_the_regular_expression_finds(
        start in prop::sample::select(vec!["^", "^/", "^/a", "/", "a/"]),
        body in body(),
        is_closed in any::<bool>(),
        urls in prop::collection::vec("/[ab/?]{0,8}", 8),
    ) {
        let end = if is_closed || !start.starts_with('^') { "$" } else { "" };
        let tail = if end.is_empty() { "" } else { r"(?:\?(?s:.*))?\z" };
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let regex = Regex::builder().syntax(syntax).build(&format!("{start}{body}{tail}")).unwrap();
        let mut table = RouteTable::default();
        table.add(&format!("{start}{body}{end}"), ()).unwrap();
        let router = table.compile().unwrap();
        for url in &urls {
            let url = url.as_bytes();
            let mut captures = regex.create_captures();
            regex.captures(url, &mut captures);
            let expected = captures.is_match().then(|| {
                captures.iter().skip(1).map(|span| span.map(|span| span.range())).collect::<Vec<_>>()
            });
            let place = |value: &[u8]| {
                let start = value.as_ptr().addr() - url.as_ptr().addr();
                start..start + value.len()
            };
            let path = url.split(|byte| *byte == b'?').next().unwrap();
            let found = router.find(path, url).map(|found| {
                found.params.iter(url).map(|(_, value)| value.map(place)).collect::<Vec<_>>()
            });
            prop_assert_eq!(found, expected, "{:?}", url.escape_ascii().to_string());
        }
    }
}
