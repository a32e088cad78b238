//! Paths whose parameters are whole segments: with and without the feature `regex`.

use super::super::{RouteTable, Router};

fn router(paths: &[&str]) -> Router<usize> {
    let mut table = RouteTable::default();
    for (at, path) in paths.iter().enumerate() {
        table.add(path, at).unwrap();
    }
    table.compile().unwrap()
}

/// The number of the route, and its parameters as they were sent.
fn found<'u>(router: &Router<usize>, url: &'u str) -> Option<(usize, Vec<&'u [u8]>)> {
    let path = url.split('?').next().unwrap();
    let found = router.find(path.as_bytes(), url.as_bytes())?;
    let params = (0..found.params.len()).map(|at| found.params.at(url.as_bytes(), at).unwrap());
    Some((*found.target, params.collect()))
}

#[test]
fn segments_and_the_rest_match_in_their_order() {
    let router = router(&["/{a}", "/notes/{id}", "/notes/{id}/edit", "/files/{*rest}", "/notes/7"]);
    for (url, expected) in [
        ("/x", Some((0, vec!["x"]))),
        ("/notes/8/?q=1", Some((1, vec!["8"]))),
        ("/notes/7", Some((4, vec![]))),
        ("/notes/8/edit", Some((2, vec!["8"]))),
        ("/notes//edit", None),
        ("/files/a/b?c", Some((3, vec!["a/b"]))),
        ("/files/", Some((0, vec!["files"]))),
        ("/n%6ftes/a%2Fb", Some((1, vec!["a%2Fb"]))),
        ("/notes/8/x", None),
    ] {
        let expected =
            expected.map(|(at, params)| (at, params.iter().map(|text| text.as_bytes()).collect()));
        assert_eq!(found(&router, url), expected, "{url}");
    }
}

#[test]
fn many_paths_that_begin_with_a_parameter_are_told_apart() {
    let paths: Vec<_> = (0..40).map(|at| format!("/{{user}}/part{at}/{{id}}")).collect();
    let router = router(&paths.iter().map(|path| &**path).collect::<Vec<_>>());
    for at in 0..40 {
        let url = format!("/ann/part{at}/7");
        assert_eq!(found(&router, &url), Some((at, vec![&b"ann"[..], b"7"])));
    }
    assert_eq!(found(&router, "/ann/part40/7"), None);
}
