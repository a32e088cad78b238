//! Routes as an application registers them, with its mounted applications. Invalid routes are
//! refused by the call that adds them.

use std::borrow::Cow;

use super::RouteError;
use super::normal::normal_text;
use super::pattern::Pattern;
use super::prefix_table::Table;
use super::target::{ScopeId, Target};

/// Routes before they are compiled.
///
/// ```
/// use tremolo_core::routing::RouteTable;
///
/// let mut admin = RouteTable::default();
/// admin.add("/users", "users")?;
/// let mut table = RouteTable::default();
/// table.add("/", "index")?;
/// table.add(r"^/posts/(?P<id>\d+)$", "post")?;
/// table.add_prefix("/static", "files")?;
/// table.mount("/admin", admin)?;
///
/// let router = table.compile()?;
/// let find = |path: &'static [u8]| router.find(path, path).map(|found| *found.target);
/// assert_eq!(find(b"/"), Some("index"));
/// assert_eq!(find(b"/posts/7"), Some("post"));
/// assert_eq!(find(b"/static/a/b.css"), Some("files"));
/// assert_eq!(find(b"/admin/users/"), Some("users"));
/// assert_eq!(find(b"/posts/seven"), None);
/// # Ok::<(), tremolo_core::routing::RouteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RouteTable<T> {
    /// By normal form, without slashes at the ends.
    pub(super) exact: Table<Target<T>>,
    /// The target of `OPTIONS *`.
    pub(super) asterisk: Option<Target<T>>,
    /// Oldest first.
    pub(super) patterns: Vec<PatternRoute<T>>,
    /// Oldest first.
    pub(super) prefixes: Vec<PrefixRoute<T>>,
    /// The prefixes of the mounted applications, without slashes at their ends; the first is the
    /// empty prefix of the application itself.
    pub(super) scopes: Vec<Box<[u8]>>,
}

#[derive(Clone, Debug)]
pub(super) struct PatternRoute<T> {
    pub(super) pattern: Pattern,
    pub(super) target: Target<T>,
}

#[derive(Clone, Debug)]
pub(super) struct PrefixRoute<T> {
    /// The normal form, including the prefix of the application, without slashes at the ends.
    pub(super) prefix: Box<[u8]>,
    pub(super) target: Target<T>,
}

impl<T> Default for RouteTable<T> {
    fn default() -> Self {
        Self {
            exact: Table::default(),
            asterisk: None,
            patterns: Vec::new(),
            prefixes: Vec::new(),
            scopes: vec![Box::default()],
        }
    }
}

impl<T> RouteTable<T> {
    /// Adds a route, and returns the number of its parameters. A path that begins with `^` or ends
    /// with `$` is a pattern. Any other path is exact, with or without its leading slash; a query
    /// in it is ignored. `/café` means its percent-encoded form. The path `*` is the target of
    /// `OPTIONS *` (RFC 9110 section 9.3.7).
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPattern`]; or [`RouteError::BadPath`] for an exact path with a group, with
    /// a parameter in the syntax of another router such as `:id` or `*rest`, or with a character
    /// that no URL contains, such as those in `{id}`, `<id>` and `(\d+)`.
    pub fn add(&mut self, path: &str, target: T) -> Result<usize, RouteError> {
        let target = Target { value: target, scope: ScopeId::ROOT };
        if Pattern::is(path) {
            let pattern = Pattern::new(path)?;
            let params = pattern.params();
            self.patterns.push(PatternRoute { pattern, target });
            return Ok(params);
        }
        if path == ASTERISK {
            self.asterisk = Some(target);
            return Ok(0);
        }
        let key = exact_key(path);
        let fault = if path.contains("(?") {
            Some("has a group but is no pattern: begin it with ^ or end it with $")
        } else {
            unreachable_part(key)
        };
        if let Some(reason) = fault {
            return Err(RouteError::BadPath { path: path.to_owned(), reason });
        }
        self.exact.insert(normal_text(key.as_bytes()).into(), target);
        Ok(0)
    }

    /// Adds a target that serves all paths at and below a prefix: a folder, a foreign service.
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPrefix`], as for [`mount`](Self::mount).
    pub fn add_prefix(&mut self, prefix: &str, target: T) -> Result<(), RouteError> {
        let prefix = checked_prefix(prefix)?.into();
        let target = Target { value: target, scope: ScopeId::ROOT };
        self.prefixes.push(PrefixRoute { prefix, target });
        Ok(())
    }

    /// Removes and returns the latest target of an equal path, so that the path can be added again
    /// with more methods. Paths of mounted applications are not considered.
    pub fn take(&mut self, path: &str) -> Option<T> {
        let is_own = |target: &mut Target<T>| target.scope == ScopeId::ROOT;
        if Pattern::is(path) {
            let is_same = |route: &PatternRoute<T>| {
                route.pattern.source() == path && route.target.scope == ScopeId::ROOT
            };
            let at = self.patterns.iter().rposition(is_same)?;
            return Some(self.patterns.remove(at).target.value);
        }
        if path == ASTERISK {
            return self.asterisk.take_if(is_own).map(|target| target.value);
        }
        let key = normal_text(exact_key(path).as_bytes());
        self.exact.get_mut(&*key).filter(|target| target.scope == ScopeId::ROOT)?;
        self.exact.remove(&*key).map(|target| target.value)
    }

    /// Moves the routes of another application below a prefix, as the latest ones. Its patterns
    /// match the URL without the prefix. Returns the new numbers of its scopes, in the order of the
    /// old ones; applications mounted at one prefix share a scope.
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPrefix`] for a prefix that does not begin with a slash, has a query, is
    /// longer than 255 bytes, or cannot be in a URL.
    pub fn mount(&mut self, prefix: &str, other: Self) -> Result<Vec<ScopeId>, RouteError> {
        let prefix = &*checked_prefix(prefix)?;
        let scopes: Vec<_> =
            other.scopes.iter().map(|inner| self.scope(join(prefix, inner))).collect();
        let moved = |target: Target<T>| {
            let scope = scopes.get(target.scope.index()).copied().unwrap_or_default();
            Target { scope, ..target }
        };
        for (path, target) in other.exact {
            self.exact.insert(join(prefix, &path), moved(target));
        }
        self.asterisk = other.asterisk.map(moved).or_else(|| self.asterisk.take());
        for route in other.patterns {
            self.patterns.push(PatternRoute { target: moved(route.target), ..route });
        }
        for route in other.prefixes {
            let prefix = join(prefix, &route.prefix);
            self.prefixes.push(PrefixRoute { prefix, target: moved(route.target) });
        }
        Ok(scopes)
    }

    fn scope(&mut self, prefix: Box<[u8]>) -> ScopeId {
        let known = self.scopes.iter().position(|known| *known == prefix);
        ScopeId(known.unwrap_or_else(|| {
            self.scopes.push(prefix);
            self.scopes.len() - 1
        }))
    }
}

/// Clients percent-encode these characters (RFC 3986, appendix A); in a path they are usually a
/// parameter in the syntax of another router, or a pattern. `#` is never sent to a server.
const NOT_IN_URLS: &[u8] = b"{}<>\\^#";

/// The names of the groups of a path that is a pattern. Without names the groups are positional,
/// and a path that is no pattern has none.
///
/// ```
/// use tremolo_core::routing::group_names;
///
/// assert_eq!(*group_names(r"^/posts/(?P<id>\d+)$")?, ["id".into()]);
/// assert_eq!(*group_names(r"^/posts/(\d+)$")?, []);
/// # Ok::<(), tremolo_core::routing::RouteError>(())
/// ```
///
/// # Errors
///
/// A pattern that cannot be used.
pub fn group_names(path: &str) -> Result<Box<[Box<str>]>, RouteError> {
    if !Pattern::is(path) {
        return Ok(Box::default());
    }
    Ok(Pattern::new(path)?.names().into())
}

/// The target of `OPTIONS *` (RFC 9112 section 3.2.4).
const ASTERISK: &str = "*";

/// A path without its query and without slashes at its ends.
fn exact_key(path: &str) -> &str {
    path.split('?').next().unwrap_or_default().trim_matches('/')
}

/// The part of a path or a prefix that no request can contain.
fn unreachable_part(path: &str) -> Option<&'static str> {
    let is_foreign = |segment: &str| match segment.as_bytes() {
        [b':', ..] | [b'*'] => true,
        [b'*', next, ..] => next.is_ascii_alphabetic() || *next == b'_' || *next == b'*',
        _ => false,
    };
    if path.bytes().any(|byte| NOT_IN_URLS.contains(&byte)) {
        return Some(
            "has a character that no URL has; what varies is for a pattern, \
             such as ^/users/(\\d+)$",
        );
    }
    path.split('/').any(is_foreign).then_some(
        "has a parameter as other routers write it; what varies is for a pattern, \
         such as ^/users/(?P<id>[^/]+)$ or ^/files/(?P<rest>.*)$",
    )
}

fn checked_prefix(prefix: &str) -> Result<Cow<'_, [u8]>, RouteError> {
    let bad = |reason| RouteError::BadPrefix { prefix: prefix.to_owned(), reason };
    if !prefix.starts_with('/') {
        return Err(bad("must begin with a slash"));
    }
    if prefix.contains('?') {
        return Err(bad("must not have a query"));
    }
    if prefix.len() > MAX_PREFIX {
        return Err(bad("is longer than 255 bytes"));
    }
    if let Some(reason) = unreachable_part(prefix) {
        return Err(bad(reason));
    }
    Ok(normal_text(prefix.trim_matches('/').as_bytes()))
}

fn join(prefix: &[u8], path: &[u8]) -> Box<[u8]> {
    match (prefix, path) {
        ([], path) | (path, []) => path.into(),
        (prefix, path) => [prefix, b"/", path].concat().into(),
    }
}

/// The maximum length of a prefix in bytes, as in the original.
const MAX_PREFIX: usize = 255;
