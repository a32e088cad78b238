//! Routes of all kinds, also in a mounted application, compared with a naive search: the target,
//! its parameters and the rest of the path.

use tremolo_core::routing::RouteTable;

use crate::reference::pattern::{Found, Pattern, TooLong};
use crate::script::Script;

/// `[count][route]*[url]*`.
pub fn routing(data: &[u8]) {
    let mut script = Script::new(data);
    let mut routes: Vec<_> = (0..script.byte() % 12).map(|_| Route::read(&mut script)).collect();
    // Prefixes first and not mounted: they are older than all patterns.
    routes.sort_by_key(|route| !matches!(route.path, Path::Prefix(_)));
    let (mut main, mut inner) = (RouteTable::default(), RouteTable::default());
    for (at, route) in routes.iter().enumerate() {
        let table = if route.is_mounted { &mut inner } else { &mut main };
        match &route.path {
            Path::Exact(path) => {
                table.add(path, at).expect("a path of these characters");
            }
            Path::Prefix(path) => table.add_prefix(path, at).expect("a prefix of these characters"),
            Path::Pattern(pattern) => {
                let added = table.add(&pattern.source, at);
                assert!(added.is_ok(), "{:?}: {added:?}", pattern.source);
            }
        }
    }
    let mounted = main.mount(MOUNT, inner).expect("a valid prefix")[0];
    let router = main.compile().expect("a few short patterns");
    for _ in 0..8 {
        let url = url(&mut script);
        let path = url.split(|byte| *byte == b'?').next().unwrap_or_default();
        let Ok(expected) = find(&routes, path, &url) else { return };
        let found = router.find(path, &url);
        let shown = (String::from_utf8_lossy(&url), &routes);
        let target = found.as_ref().map(|found| *found.target);
        assert_eq!(target, expected.as_ref().map(|expected| expected.target), "{shown:?}");
        let (Some(found), Some(expected)) = (found, expected) else { continue };
        assert_eq!(found.rest, expected.rest.as_deref(), "{shown:?}");
        assert_eq!(found.scope == mounted, routes[expected.target].is_mounted, "{shown:?}");
        let params: Vec<_> = found.params.iter(&url).collect();
        assert_eq!(params.len(), expected.params.len(), "{shown:?}");
        for ((name, value), (known_name, known)) in params.into_iter().zip(&expected.params) {
            assert_eq!(name, known_name.as_deref(), "{shown:?}");
            let known = known.map(|(start, end)| &url[start..end]);
            assert_eq!(value, known, "{shown:?}");
        }
    }
}

#[derive(Debug)]
struct Route {
    path: Path,
    is_mounted: bool,
}

#[derive(Debug)]
enum Path {
    Exact(String),
    Prefix(String),
    Pattern(Pattern),
}

impl Route {
    fn read(script: &mut Script<'_>) -> Self {
        let code = script.byte();
        let path = match code % 8 {
            0 => Path::Exact(text(script)),
            1 => Path::Prefix(format!("/{}", text(script))),
            _ => Path::Pattern(Pattern::read(script)),
        };
        let is_prefix = matches!(path, Path::Prefix(_));
        Self { path, is_mounted: code & 128 != 0 && !is_prefix }
    }
}

/// The names of the parameters, and their ranges in the URL.
type Params = Vec<(Option<String>, Option<(usize, usize)>)>;

/// The expected result.
struct Expected {
    target: usize,
    params: Params,
    rest: Option<Vec<u8>>,
}

impl Expected {
    fn of(target: usize) -> Self {
        Self { target, params: Vec::new(), rest: None }
    }
}

/// Exact paths before patterns before prefixes. Of equal paths, of patterns and of equal prefixes
/// the latest wins; of prefixes, the longest. A mounted route counts as registered last. A second
/// slash at the start of a URL belongs to its path, which no exact route has.
fn find(routes: &[Route], path: &[u8], url: &[u8]) -> Result<Option<Expected>, TooLong> {
    let order = || {
        let of = |mounted: bool| {
            let routes = routes.iter().enumerate().rev();
            routes.filter(move |(_, route)| route.is_mounted == mounted)
        };
        of(true).chain(of(false))
    };
    let full = |route: &Route, path: &str| match route.is_mounted {
        true => format!("{MOUNT}/{}", path.trim_matches('/')).trim_matches('/').to_owned(),
        false => path.trim_matches('/').to_owned(),
    };
    let path = std::str::from_utf8(path).expect("ASCII");
    let below = path.strip_prefix('/').unwrap_or(path);
    for (at, route) in order() {
        if let Path::Exact(exact) = &route.path
            && !below.starts_with('/')
            && full(route, exact) == below.trim_end_matches('/')
        {
            return Ok(Some(Expected::of(at)));
        }
    }
    for (at, route) in order() {
        let Path::Pattern(pattern) = &route.path else { continue };
        let Some(start) = (if route.is_mounted { behind_mount(url) } else { Some(0) }) else {
            continue;
        };
        if let Some(found) = pattern.search(&url[start..])? {
            let params = params(pattern, &found, start);
            return Ok(Some(Expected { params, ..Expected::of(at) }));
        }
    }
    let mut longest = None;
    for (at, route) in order() {
        let Path::Prefix(prefix) = &route.path else { continue };
        let prefix = full(route, prefix);
        let Some(rest) = below.strip_prefix(prefix.as_str()) else { continue };
        let is_whole = prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
        // For the outermost application the URL begins at its slash.
        let rest = if prefix.is_empty() { path } else { rest };
        if is_whole && longest.as_ref().is_none_or(|(known, _)| prefix.len() > *known) {
            let rest = Some(rest.as_bytes().to_vec());
            longest = Some((prefix.len(), Expected { rest, ..Expected::of(at) }));
        }
    }
    Ok(longest.map(|(_, expected)| expected))
}

fn params(pattern: &Pattern, found: &Found, start: usize) -> Params {
    let shifted = found.iter().map(|range| range.map(|(from, to)| (start + from, start + to)));
    shifted.enumerate().map(|(group, range)| (pattern.name(group), range)).collect()
}

/// The offset at which the URL for the mounted application begins.
fn behind_mount(url: &[u8]) -> Option<usize> {
    let rest = url.strip_prefix(MOUNT.as_bytes())?;
    matches!(rest.first(), None | Some(b'/' | b'?')).then(|| url.len() - rest.len())
}

/// Up to fifteen characters of a path.
fn text(script: &mut Script<'_>) -> String {
    let count = script.byte() % 16;
    (0..count).map(|_| char::from(script.pick(b"/abm1.-"))).collect()
}

/// A URL made of the characters that the patterns use.
fn url(script: &mut Script<'_>) -> Vec<u8> {
    let count = script.byte() % 32;
    let mut url = vec![b'/'];
    url.extend((0..count).map(|_| script.pick(b"/abm1.-?_")));
    url
}

const MOUNT: &str = "/m";
