//! Groups of patterns of different sizes, with the literal at the start of the URL and inside it.

use super::super::{RouteTable, Router};

fn router(patterns: impl IntoIterator<Item = String>) -> Router<usize> {
    let mut table = RouteTable::default();
    for (at, pattern) in patterns.into_iter().enumerate() {
        table.add(&pattern, at).unwrap();
    }
    table.compile().unwrap()
}

#[track_caller]
fn assert_found(router: &Router<usize>, url: &str, expected: Option<(usize, &str)>) {
    let path = url.split('?').next().unwrap();
    let found = router.find(path.as_bytes(), url.as_bytes());
    let found = found.map(|found| (*found.target, found.params.at(url.as_bytes(), 0)));
    assert_eq!(found, expected.map(|(target, group)| (target, Some(group.as_bytes()))), "{url}");
}

#[test]
fn a_literal_may_have_few_or_many_patterns() {
    for start in ["^", ""] {
        for count in [1, 8, 9, 40] {
            let router = router((0..count).map(|at| format!(r"{start}/(\d+)/x{at}$")));
            for at in 0..count {
                assert_found(&router, &format!("/{at}7/x{at}?q"), Some((at, &format!("{at}7"))));
            }
            assert_found(&router, &format!("/7/x{count}"), None);
            assert_found(&router, "/7", None);
            let inside = start.is_empty().then_some((0, "7"));
            assert_found(&router, "/7/7/x0", inside);
        }
    }
}

#[test]
fn all_literals_with_a_common_prefix_are_searched() {
    let patterns = ["^(.+)", "^/a/(.+)/new$", "^/a(.*)", "^/a/b/(.+)", "^/a/b(.*)c$"];
    let router = router(patterns.map(str::to_owned));
    assert_found(&router, "/b", Some((0, "/b")));
    assert_found(&router, "/a/new", Some((2, "/new")));
    assert_found(&router, "/a/b/c/new", Some((3, "c/new")));
    assert_found(&router, "/a/b/c", Some((4, "/")));
    assert_found(&router, "", None);
}

#[test]
fn the_newest_wins_wherever_its_literal_stands() {
    let patterns = [r"/x/(\d+)$", r"/y/(\d+)$", r"x/(\d+)$", "^/x/1/y/(2)"];
    let router = router(patterns.map(str::to_owned));
    assert_found(&router, "/x/1?/y/3", Some((2, "1")));
    assert_found(&router, "/y/1?/z/3", Some((1, "1")));
    assert_found(&router, "/y/0/y/1?/y/3", Some((1, "1")));
    assert_found(&router, "/x/1/y/2", Some((3, "2")));
    assert_found(&router, "/x/y", None);
}
