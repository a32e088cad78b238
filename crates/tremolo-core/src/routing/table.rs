//! Routes as an application registers them, with the applications it mounts. What cannot be used
//! is refused here, by the call that adds it.

use super::pattern::Pattern;
use super::prefix_table::Table;
use super::router::{Router, Target};
use super::{RouteError, ScopeId, trim_slashes};

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
    pub(super) exact: Table<Target<T>>,
    /// Oldest first.
    pub(super) patterns: Vec<PatternRoute<T>>,
    /// Oldest first.
    pub(super) prefixes: Vec<PrefixRoute<T>>,
    /// The prefixes of the mounted applications, without the slashes at their ends; the first is
    /// the application's own, which is empty.
    pub(super) scopes: Vec<Box<[u8]>>,
}

#[derive(Clone, Debug)]
pub(super) struct PatternRoute<T> {
    pub(super) pattern: Pattern,
    pub(super) target: Target<T>,
}

#[derive(Clone, Debug)]
pub(super) struct PrefixRoute<T> {
    /// With that of the application, without the slashes at its ends.
    pub(super) prefix: Box<[u8]>,
    /// How many patterns are older.
    pub(super) after: usize,
    pub(super) target: Target<T>,
}

impl<T> Default for RouteTable<T> {
    fn default() -> Self {
        Self {
            exact: Table::default(),
            patterns: Vec::new(),
            prefixes: Vec::new(),
            scopes: vec![Box::default()],
        }
    }
}

impl<T> RouteTable<T> {
    /// Adds a route. A path that begins with `^` or ends with `$` is a pattern; any other one is
    /// exact, with or without its leading slash, and a query in it does not count.
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPattern`], or [`RouteError::BadPath`] for what is not a pattern and yet
    /// has groups, or a character that no URL has: what `{id}`, `<id>` and `(\d+)` have in common.
    pub fn add(&mut self, path: &str, target: T) -> Result<(), RouteError> {
        let target = Target { value: target, scope: ScopeId::ROOT };
        if Pattern::is(path) {
            let pattern = Pattern::new(path)?;
            self.patterns.push(PatternRoute { pattern, target });
        } else if path.contains("(?") {
            let reason = "has a group but is no pattern: begin it with ^ or end it with $";
            return Err(RouteError::BadPath { path: path.to_owned(), reason });
        } else if exact_key(path).iter().any(|byte| NOT_IN_URLS.contains(byte)) {
            let reason = "has a character that no URL has; what varies is for a pattern, \
                          such as ^/users/(\\d+)$";
            return Err(RouteError::BadPath { path: path.to_owned(), reason });
        } else {
            self.exact.insert(exact_key(path).into(), target);
        }
        Ok(())
    }

    /// Adds what serves everything at and below a prefix by itself: a folder, a foreign service.
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPrefix`], as for [`mount`](Self::mount).
    pub fn add_prefix(&mut self, prefix: &str, target: T) -> Result<(), RouteError> {
        let prefix = checked_prefix(prefix)?.into();
        let target = Target { value: target, scope: ScopeId::ROOT };
        self.prefixes.push(PrefixRoute { prefix, after: self.patterns.len(), target });
        Ok(())
    }

    /// The target that the same path has been given before, so that methods can be added to it. A
    /// mounted application's paths are not looked at.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut T> {
        if Pattern::is(path) {
            let is_same = |route: &&mut PatternRoute<T>| {
                route.pattern.source() == path && route.target.scope == ScopeId::ROOT
            };
            return self
                .patterns
                .iter_mut()
                .rev()
                .find(is_same)
                .map(|route| &mut route.target.value);
        }
        let target = self.exact.get_mut(exact_key(path));
        target.filter(|target| target.scope == ScopeId::ROOT).map(|target| &mut target.value)
    }

    /// Moves the routes of another application here, below a prefix, as the latest ones. Its
    /// patterns go on seeing the URL as if the prefix were not there. Returns its scopes' new
    /// numbers, in the order of the old ones; applications mounted at one prefix share a scope.
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPrefix`] for a prefix that does not begin with a slash, has a query or is
    /// longer than 255 bytes.
    pub fn mount(&mut self, prefix: &str, other: Self) -> Result<Vec<ScopeId>, RouteError> {
        let prefix = checked_prefix(prefix)?;
        let scopes: Vec<_> =
            other.scopes.iter().map(|inner| self.scope(join(prefix, inner))).collect();
        let moved = |target: Target<T>| {
            let scope = scopes.get(target.scope.index()).copied().unwrap_or_default();
            Target { scope, ..target }
        };
        for (path, target) in other.exact {
            self.exact.insert(join(prefix, &path), moved(target));
        }
        let older = self.patterns.len();
        for route in other.patterns {
            self.patterns.push(PatternRoute { target: moved(route.target), ..route });
        }
        for route in other.prefixes {
            let (prefix, after) = (join(prefix, &route.prefix), older + route.after);
            self.prefixes.push(PrefixRoute { prefix, after, target: moved(route.target) });
        }
        Ok(scopes)
    }

    /// Makes the table that requests are looked up in.
    ///
    /// # Errors
    ///
    /// [`RouteError::TooLarge`] if the patterns need more memory than they may have.
    pub fn compile(self) -> Result<Router<T>, RouteError> {
        Router::new(self)
    }

    fn scope(&mut self, prefix: Box<[u8]>) -> ScopeId {
        let known = self.scopes.iter().position(|known| *known == prefix);
        ScopeId(known.unwrap_or_else(|| {
            self.scopes.push(prefix);
            self.scopes.len() - 1
        }))
    }
}

/// Clients write them percent-encoded (RFC 3986, appendix A); in a path they are what is left of
/// another router's parameters, or of a pattern.
const NOT_IN_URLS: &[u8] = b"{}<>\\^";

fn exact_key(path: &str) -> &[u8] {
    trim_slashes(path.split('?').next().unwrap_or_default().as_bytes())
}

fn checked_prefix(prefix: &str) -> Result<&[u8], RouteError> {
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
    Ok(trim_slashes(prefix.as_bytes()))
}

fn join(prefix: &[u8], path: &[u8]) -> Box<[u8]> {
    match (prefix, path) {
        ([], path) | (path, []) => path.into(),
        (prefix, path) => [prefix, b"/", path].concat().into(),
    }
}

/// Bytes of a prefix, as in the original.
const MAX_PREFIX: usize = 255;
