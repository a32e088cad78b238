//! What is refused without the feature `regex`.

use super::super::RouteTable;

#[test]
fn what_needs_the_feature_is_refused_with_its_name() {
    for path in ["^/a", "/a$", r"/{id:\d+}", "/{name}.json", "/{a}-{b}", "/{{{id}"] {
        let refused = RouteTable::default().add(path, 0).unwrap_err().to_string();
        assert!(refused.contains("the feature `regex`"), "{path}: {refused}");
    }
}
