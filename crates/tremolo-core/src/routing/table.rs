//! Routes as an application registers them, with its mounted applications. Invalid routes are
//! refused by the call that adds them.

use std::borrow::Cow;

use super::RouteError;
use super::earlier::Earlier;
use super::error::ServedTwice;
use super::normal::normal_text;
use super::path::{ASTERISK, Path};
use super::pattern::Pattern;
use super::precedence::Precedence;
use super::prefix_table::Table;
use super::target::{ScopeId, Target};
use super::template::unreachable_part;

/// Routes before they are compiled.
///
/// ```
/// use tremolo_core::routing::RouteTable;
///
/// let mut admin = RouteTable::default();
/// admin.add("/users", "users")?;
/// let mut table = RouteTable::default();
/// table.add("/", "index")?;
/// table.add("/notes/{id}", "note")?;
/// table.add(r"^/posts/(?P<id>\d+)$", "post")?;
/// table.add_prefix("/static", "files")?;
/// table.mount("/admin", admin)?;
///
/// let router = table.compile()?;
/// let find = |path: &'static [u8]| router.find(path, path).map(|found| *found.target);
/// assert_eq!(find(b"/"), Some("index"));
/// assert_eq!(find(b"/notes/7"), Some("note"));
/// assert_eq!(find(b"/posts/7"), Some("post"));
/// assert_eq!(find(b"/static/a/b.css"), Some("files"));
/// assert_eq!(find(b"/admin/users/"), Some("users"));
/// assert_eq!(find(b"/posts/seven"), None);
/// # Ok::<(), tremolo_core::routing::RouteError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RouteTable<T> {
    /// By normal form, without slashes at the ends.
    pub(super) exact: Table<ExactRoute<T>>,
    /// The target of `OPTIONS *`.
    pub(super) asterisk: Option<ExactRoute<T>>,
    /// Oldest first.
    pub(super) patterns: Vec<PatternRoute<T>>,
    /// Oldest first.
    pub(super) prefixes: Vec<PrefixRoute<T>>,
    /// The prefixes of the mounted applications, without slashes at their ends; the first is the
    /// empty prefix of the application itself.
    pub(super) scopes: Vec<Box<[u8]>>,
    overridden: Vec<ServedTwice>,
}

#[derive(Clone, Debug)]
pub(super) struct ExactRoute<T> {
    pub(super) target: Target<T>,
    place: Place,
}

#[derive(Clone, Debug)]
pub(super) struct PatternRoute<T> {
    pub(super) pattern: Pattern,
    pub(super) target: Target<T>,
    pub(super) place: Place,
    /// Of a path with parameters; `None` for a regular expression.
    pub(super) precedence: Option<Precedence>,
}

/// Where a route was registered, if that is known.
type Place = Option<Box<str>>;

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
            overridden: Vec::new(),
        }
    }
}

impl<T> RouteTable<T> {
    /// Adds a route, and returns the number of its parameters. [`PathSyntax`](super::PathSyntax)
    /// has the three kinds of paths. The path `*` is the target of `OPTIONS *` (RFC 9110 section 9.3.7).
    ///
    /// # Errors
    ///
    /// [`RouteError::BadPattern`]; or [`RouteError::BadPath`] for a path with an invalid parameter,
    /// with a parameter in the syntax of another router such as `:id` or `<id>`, with a group, or
    /// with a character that no URL contains.
    pub fn add(&mut self, path: &str, target: T) -> Result<usize, RouteError> {
        self.insert(path, target, None)
    }

    /// Does the same as [`add`](Self::add), with the line of the program that registers the route:
    /// `src/main.rs:7:10`. An error about two routes has both lines.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub fn add_at(&mut self, path: &str, target: T, place: &str) -> Result<usize, RouteError> {
        self.insert(path, target, Some(place.into()))
    }

    fn insert(&mut self, path: &str, target: T, place: Place) -> Result<usize, RouteError> {
        let target = Target { value: target, scope: ScopeId::ROOT };
        if path == ASTERISK {
            self.asterisk = Some(ExactRoute { target, place });
            return Ok(0);
        }
        let (pattern, precedence) = match Path::parse(path)? {
            Path::Exact(key) => {
                self.insert_exact(key, ExactRoute { target, place });
                return Ok(0);
            }
            Path::Template(template) => {
                (Pattern::of_template(&template)?, Some(Precedence::of(&template)))
            }
            Path::Expression => (Pattern::new(path)?, None),
        };
        let params = pattern.params();
        self.patterns.push(PatternRoute { pattern, target, place, precedence });
        Ok(params)
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

    /// Removes and returns the latest route of an equal path, so that the path can be added again
    /// with more methods. Paths of mounted applications are not considered, and neither is a path
    /// that cannot be added.
    pub fn take(&mut self, path: &str) -> Option<Earlier<T>> {
        let is_own = |target: &Target<T>| target.scope == ScopeId::ROOT;
        let exact = |route: ExactRoute<T>, path: String| Earlier {
            target: route.target.value,
            place: route.place,
            path,
            has_parameters: false,
        };
        if path == ASTERISK {
            let route = self.asterisk.take_if(|route| is_own(&route.target))?;
            return Some(exact(route, path.to_owned()));
        }
        let (source, has_parameters) = match Path::parse(path).ok()? {
            Path::Exact(key) => {
                self.exact.get(&key).filter(|route| is_own(&route.target))?;
                let route = self.exact.remove(&key)?;
                return Some(exact(route, path_of(&key)));
            }
            Path::Template(template) => (template.source(), true),
            Path::Expression => (path.to_owned(), false),
        };
        let is_same = |route: &PatternRoute<T>| {
            route.precedence.is_some() == has_parameters
                && route.pattern.source() == source
                && is_own(&route.target)
        };
        let at = self.patterns.iter().rposition(is_same)?;
        let route = self.patterns.remove(at);
        let path = if has_parameters { path_of(source.as_bytes()) } else { source };
        Some(Earlier { target: route.target.value, place: route.place, path, has_parameters })
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
        let moved_exact =
            |route: ExactRoute<T>| ExactRoute { target: moved(route.target), ..route };
        for (path, route) in other.exact {
            self.insert_exact(join(prefix, &path), moved_exact(route));
        }
        self.asterisk = other.asterisk.map(moved_exact).or_else(|| self.asterisk.take());
        for route in other.patterns {
            self.patterns.push(PatternRoute { target: moved(route.target), ..route });
        }
        for route in other.prefixes {
            let prefix = join(prefix, &route.prefix);
            self.prefixes.push(PrefixRoute { prefix, target: moved(route.target) });
        }
        self.overridden.extend(other.overridden);
        Ok(scopes)
    }

    /// Exact paths that were registered more than once: only the later route serves. A program may
    /// do so, but a warning helps where it is a mistake.
    #[must_use]
    pub fn overridden(&self) -> &[ServedTwice] {
        &self.overridden
    }

    /// Adds a route that was merged with a later one of the same path and the same methods.
    pub fn note_overridden(&mut self, twice: ServedTwice) {
        self.overridden.push(twice);
    }

    fn insert_exact(&mut self, key: Box<[u8]>, route: ExactRoute<T>) {
        if let Some(earlier) = self.exact.get(&key) {
            let places = [earlier.place.as_deref(), route.place.as_deref()];
            self.overridden.push(ServedTwice::new([path_of(&key), path_of(&key)], places));
        }
        self.exact.insert(key, route);
    }

    fn scope(&mut self, prefix: Box<[u8]>) -> ScopeId {
        let known = self.scopes.iter().position(|known| *known == prefix);
        ScopeId(known.unwrap_or_else(|| {
            self.scopes.push(prefix);
            self.scopes.len() - 1
        }))
    }
}

fn checked_prefix(prefix: &str) -> Result<Cow<'_, [u8]>, RouteError> {
    let bad = |reason: &str| {
        let reason = reason.to_owned();
        RouteError::BadPrefix { prefix: prefix.to_owned(), reason }
    };
    if !prefix.starts_with('/') {
        return Err(bad("must begin with a slash"));
    }
    if prefix.contains('?') {
        return Err(bad("must not have a query"));
    }
    if prefix.len() > MAX_PREFIX {
        return Err(bad("is longer than 255 bytes"));
    }
    if prefix.contains(['{', '}']) {
        return Err(bad("has a parameter, but what is mounted has a fixed prefix: \
             write the parameter in the routes of the mounted application"));
    }
    unreachable_part(prefix).map_err(|reason| bad(&reason))?;
    Ok(normal_text(prefix.trim_matches('/').as_bytes()))
}

/// The path of a key, for messages.
fn path_of(key: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(key))
}

fn join(prefix: &[u8], path: &[u8]) -> Box<[u8]> {
    match (prefix, path) {
        ([], path) | (path, []) => path.into(),
        (prefix, path) => [prefix, b"/", path].concat().into(),
    }
}

/// The maximum length of a prefix in bytes, as in the original.
const MAX_PREFIX: usize = 255;
