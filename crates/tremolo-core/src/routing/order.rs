//! The order in which patterns are tried, and templates that match the same requests.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::RouteError;
use super::error::ServedTwice;
use super::table::PatternRoute;

/// The routes in ascending order, so that a later one takes precedence: regular expressions as they
/// were registered, then templates. `prefixes` are those of the mounted applications.
pub(super) fn in_order<T>(
    routes: Vec<PatternRoute<T>>,
    prefixes: &[Box<[u8]>],
) -> Result<Vec<PatternRoute<T>>, RouteError> {
    let (mut templates, mut all): (Vec<_>, Vec<_>) =
        routes.into_iter().partition(|route| route.precedence.is_some());
    check_shapes(&templates, prefixes)?;
    templates.sort_by_cached_key(|route| {
        let prefix = prefix_of(route, prefixes);
        Reverse(route.precedence.as_ref().map(|precedence| precedence.ranks_below(&prefix)))
    });
    all.extend(templates);
    Ok(all)
}

/// Checks that no two templates match the same paths.
fn check_shapes<T>(
    templates: &[PatternRoute<T>],
    prefixes: &[Box<[u8]>],
) -> Result<(), RouteError> {
    let path = |route: &PatternRoute<T>, below: &str| {
        let prefix = prefix_of(route, prefixes);
        let slash = if prefix.is_empty() { "" } else { "/" };
        format!("{slash}{prefix}/{below}")
    };
    let mut known: HashMap<String, &PatternRoute<T>> = HashMap::new();
    for route in templates {
        let shape = route.precedence.as_ref().map_or("", |precedence| precedence.shape());
        if let Some(earlier) = known.insert(path(route, shape), route) {
            let both = [earlier, route];
            let places = both.map(|route| route.place.as_deref());
            let paths = both.map(|route| path(route, route.pattern.source()));
            return Err(RouteError::ServedTwice(Box::new(ServedTwice::new(paths, places))));
        }
    }
    Ok(())
}

fn prefix_of<T>(route: &PatternRoute<T>, prefixes: &[Box<[u8]>]) -> String {
    let prefix = prefixes.get(route.target.scope.index());
    String::from_utf8_lossy(prefix.map_or(&[], |prefix| prefix)).into_owned()
}
