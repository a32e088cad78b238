//! A static folder with entries of any name and links that lead outside, compared with a naive
//! lookup: every path reaches the entry that its names describe, no path leaves the folder, and
//! every reference in responses (redirects, links of a listing) reaches its entry.

mod tree;

use http::Method;
use tremolo_core::negotiation::AcceptEncoding;
use tremolo_files::{Folder, FolderOptions, Found, Lookup, OpenError};

use self::tree::{Expected, Tree, decode};
use crate::script::Script;

/// `[options][entry]*[path]*`.
pub fn folder(data: &[u8]) {
    let mut script = Script::new(data);
    let flags = script.byte();
    let options = FolderOptions {
        follow_symlinks: flags & 1 != 0,
        dot_files: flags & 2 != 0,
        listing: flags & 4 != 0,
        ..FolderOptions::default()
    };
    let tree = Tree::read(&mut script, &options);
    let served = Folder::new(tree.path(), options).expect("a folder of ours");
    let site = Site { tree, served };
    site.check(b"/", None);
    for _ in 0..6 {
        if script.is_empty() {
            break;
        }
        let path = site.tree.url(&mut script);
        let query = script.flag().then(|| script.piece());
        site.check(&path, query);
    }
}

struct Site {
    tree: Tree,
    served: Folder,
}

impl Site {
    /// Requests a path, with the folder mounted at `/s` and at `/`.
    fn check(&self, path: &[u8], query: Option<&[u8]>) {
        let (found, expected) = (self.ask(path, path, query), self.tree.find(path, path));
        self.judge(&found, &expected, (path, query));
        let below = [b"/s", path].concat();
        let (found, expected) = (self.ask(&below, path, query), self.tree.find(&below, path));
        self.judge(&found, &expected, (&below, query));
        if path == b"/" {
            let (found, expected) = (self.ask(b"/s", b"", query), self.tree.find(b"/s", b""));
            assert!(matches!(expected, Expected::Redirect));
            self.judge(&found, &expected, (b"/s", query));
        }
    }

    fn ask(&self, path: &[u8], rest: &[u8], query: Option<&[u8]>) -> Answer {
        let accept_encoding = AcceptEncoding::default();
        let lookup = Lookup { method: &Method::GET, path, rest, query, accept_encoding };
        let answer = Answer::of(self.served.find(&lookup).expect("the system does not fail"));
        match self.served.find_cached(&lookup) {
            Err(OpenError::WouldBlock) => {}
            cached => assert_eq!(Answer::of(cached.expect("no failure")), answer, "{lookup:?}"),
        }
        answer
    }

    fn judge(&self, found: &Answer, expected: &Expected, (path, query): (&[u8], Option<&[u8]>)) {
        let shown = || format!("{:?}: {found:?}, {:?}", String::from_utf8_lossy(path), self.tree);
        match (found, expected) {
            (Answer::File(content), Expected::File(entry)) => {
                assert_eq!(*content, Tree::content(*entry), "{}", shown());
            }
            (Answer::NotFound, Expected::NotFound) => {}
            (Answer::Redirect(location), Expected::Redirect) => {
                let (to, its_query) = resolve(path, location);
                assert_eq!(decode(&to), [&decode(path)[..], b"/"].concat(), "{}", shown());
                assert_eq!(its_query.map(decode), query.map(decode), "{}", shown());
            }
            (Answer::Listing(html), Expected::Listing(entries)) => {
                let mut left = entries.clone();
                for reference in references(html).filter(|reference| *reference != "../") {
                    let (to, _) = resolve(path, reference);
                    let entry = left.iter().position(|(entry, is_folder)| {
                        let slash = if *is_folder { &b"/"[..] } else { b"" };
                        decode(&to) == [&decode(path)[..], self.tree.name(*entry), slash].concat()
                    });
                    left.remove(entry.unwrap_or_else(|| panic!("{reference}: {}", shown())));
                }
                assert!(left.is_empty(), "{left:?} are not listed: {}", shown());
            }
            (_, expected) => panic!("{}, where {expected:?} is expected", shown()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    File(Vec<u8>),
    Redirect(String),
    Listing(String),
    NotFound,
}

impl Answer {
    fn of(found: Found) -> Self {
        match found {
            Found::File(found) => {
                let mut content = vec![0; 64];
                let count = found.file.read_at(0, &mut content).expect("a file of ours");
                content.truncate(count);
                Self::File(content)
            }
            Found::Redirect { location } => Self::Redirect(location),
            Found::Listing { html } => Self::Listing(html),
            Found::NotFound => Self::NotFound,
            other => panic!("{other:?}"),
        }
    }
}

/// All references of a page. No name can look like one.
fn references(html: &str) -> impl Iterator<Item = &str> {
    html.split("<a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default())
}

/// Resolves `./…` against the path of its page (RFC 3986 section 5.3); path and query.
fn resolve<'r>(path: &[u8], reference: &'r str) -> (Vec<u8>, Option<&'r [u8]>) {
    let is_safe = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte);
    assert!(reference.bytes().all(is_safe), "{reference:?}");
    let name = reference.strip_prefix("./").expect("relative, and neither host nor scheme");
    let (name, query) = match name.split_once('?') {
        Some((name, query)) => (name, Some(query.as_bytes())),
        None => (name, None),
    };
    let folder = path.iter().rposition(|byte| *byte == b'/').expect("paths begin with a slash");
    // Dot segments would lead elsewhere.
    let decoded = decode(name.trim_end_matches('/').as_bytes());
    assert!(!matches!(&decoded[..], b"" | b"." | b".."), "{reference:?}");
    ([&path[..=folder], name.as_bytes()].concat(), query)
}
