//! Paths with parameters, also in a mounted application, compared with a naive matcher: the route,
//! its parameters, and which paths match the same requests. And arbitrary paths, which are refused
//! or can be taken back.

use tremolo_core::routing::{RouteError, RouteTable, parameters};

use crate::reference::template::Template;
use crate::script::Script;

/// `[0][text]`, or `[1][count][route]*[url]*`.
pub fn paths(data: &[u8]) {
    let mut script = Script::new(data);
    if script.flag() {
        compared(&mut script);
    } else {
        let text = data.get(1..).unwrap_or_default();
        arbitrary(&String::from_utf8_lossy(text));
    }
}

fn arbitrary(path: &str) {
    let mut table = RouteTable::default();
    let added = table.add_at(path, (), "here");
    let known = parameters(path);
    assert_eq!(added.is_ok(), known.is_ok(), "{path:?} {added:?} {known:?}");
    let Ok((_, names)) = known else {
        assert!(table.take(path).is_none(), "{path:?}");
        return;
    };
    assert!(names.len() <= added.unwrap_or_default(), "{path:?}");
    let taken = table.take(path);
    assert_eq!(taken.and_then(|taken| taken.place).as_deref(), Some("here"), "{path:?}");
    assert!(table.take(path).is_none(), "{path:?}");
}

fn compared(script: &mut Script<'_>) {
    let (mut main, mut inner) = (RouteTable::default(), RouteTable::default());
    let (mut own, mut mounted): (Vec<Template>, Vec<Template>) = (Vec::new(), Vec::new());
    for _ in 0..script.byte() % 10 {
        let (is_mounted, template) = (script.flag(), Template::read(script));
        let source = template.source();
        if is_mounted {
            let added = inner.add(&source, (true, mounted.len()));
            assert!(added.is_ok(), "{source:?} {added:?}");
            mounted.push(template.below(MOUNT));
        } else {
            let added = main.add(&source, (false, own.len()));
            assert!(added.is_ok(), "{source:?} {added:?}");
            own.push(template);
        }
    }
    main.mount(MOUNT, inner).expect("a valid prefix");
    let number = |(is_mounted, at): (bool, usize)| if is_mounted { own.len() + at } else { at };
    let all: Vec<&Template> = own.iter().chain(&mounted).collect();
    let is_twice = all.iter().enumerate().any(|(at, one)| {
        let equal = |other: &&&Template| !one.is_exact() && other.shape() == one.shape();
        all[..at].iter().any(|other| equal(&other))
    });
    let router = match main.compile() {
        Err(RouteError::ServedTwice(_)) if is_twice => return,
        other => other.expect("paths of different shapes"),
    };
    assert!(!is_twice, "{all:?}");
    for _ in 0..8 {
        let url = url(script);
        let path = url.split('?').next().unwrap_or_default();
        let matching = all.iter().enumerate().filter_map(|(at, template)| {
            let found = template.find(path.strip_prefix('/')?)?;
            Some(((!template.is_exact(), template.ranks(), all.len() - at), at, found))
        });
        let expected = matching.min_by(|one, other| one.0.cmp(&other.0));
        let found = router.find(path.as_bytes(), url.as_bytes());
        let target = found.as_ref().map(|found| number(*found.target));
        assert_eq!(target, expected.as_ref().map(|expected| expected.1), "{url:?} {all:?}");
        let (Some(found), Some((_, at, ranges))) = (found, expected) else { continue };
        let params: Vec<_> = found.params.iter(url.as_bytes()).map(|(_, value)| value).collect();
        let known: Vec<_> =
            ranges.iter().map(|(from, to)| Some(&url.as_bytes()[1 + from..1 + to])).collect();
        assert_eq!(params, known, "{url:?} {:?}", all[at]);
    }
}

/// A URL made of the characters that the paths use.
fn url(script: &mut Script<'_>) -> String {
    let parts = ["/", "a", "b", "-", "?", "m", "/m/", "%2F"];
    let count = script.byte() % 16;
    (0..count).fold("/".to_owned(), |url, _| url + script.pick(&parts))
}

const MOUNT: &str = "/m";
