//! The routes of a running application: what a request's path and URL lead to.

use super::error::MAX_PATTERNS;
use super::group::take;
use super::pattern::Pattern;
use super::prefix_table::{PrefixTable, Table};
use super::set::PatternSet;
use super::table::RouteTable;
use super::{Params, RouteError, trim_leading, trim_slashes};

/// Compiled routes; made by [`RouteTable::compile`].
#[derive(Clone, Debug)]
pub struct Router<T> {
    /// The keys are the application's own: nobody can fill this table with collisions.
    exact: Table<Target<T>>,
    /// The exact path of nothing but slashes; apart, as in [`PrefixTable`].
    index: Option<Target<T>>,
    /// Oldest first.
    patterns: Vec<Pattern>,
    pattern_targets: Vec<Target<T>>,
    prefix_targets: Vec<Target<T>>,
    /// What belongs to the beginning of a path.
    places: PrefixTable<PrefixEntry>,
    scopes: Vec<Scope>,
}

/// What is found for a request.
#[derive(Clone, Debug)]
pub struct Found<'r, 'u, T> {
    /// What was registered.
    pub target: &'r T,
    /// The mounted application that it came from.
    pub scope: ScopeId,
    /// What the groups of the pattern have found, as ranges of the URL; empty for an exact route.
    pub params: Params,
    /// Only for a prefix: the path behind it, empty or from its slash on.
    pub rest: Option<&'u [u8]>,
}

/// A mounted application, by the prefix it is mounted at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) usize);

impl ScopeId {
    /// The application that all the others are mounted in.
    pub const ROOT: Self = Self(0);

    /// The number of the scope, from 0 without gaps.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

#[derive(Clone, Debug)]
pub(super) struct Target<T> {
    pub(super) value: T,
    pub(super) scope: ScopeId,
}

#[derive(Clone, Debug)]
struct Scope {
    prefix: Box<[u8]>,
    parent: Option<ScopeId>,
}

#[derive(Clone, Debug, Default)]
struct PrefixEntry {
    /// The mounted application, and its patterns.
    scope: Option<ScopeId>,
    patterns: Option<PatternSet>,
    /// The latest prefix, and how many patterns are older.
    prefix: Option<(usize, usize)>,
}

impl<T> Router<T> {
    pub(super) fn new(table: RouteTable<T>) -> Result<Self, RouteError> {
        let routes = table.patterns.into_iter().map(|route| (route.pattern, route.target));
        let (patterns, pattern_targets): (Vec<_>, Vec<_>) = routes.unzip();
        let mut room = MAX_PATTERNS;
        for pattern in &patterns {
            take(&mut room, pattern.size())?;
        }
        let mut members = vec![Vec::new(); table.scopes.len()];
        for (at, target) in pattern_targets.iter().enumerate() {
            if let Some(members) = members.get_mut(target.scope.index()) {
                members.push(at);
            }
        }
        let mut places: Table<PrefixEntry> = Table::default();
        for (at, (prefix, members)) in table.scopes.iter().zip(members).enumerate() {
            let place = places.entry(prefix.clone()).or_default();
            place.scope = Some(ScopeId(at));
            if !members.is_empty() {
                place.patterns = Some(PatternSet::new(&patterns, members, &mut room)?);
            }
        }
        let mut prefix_targets = Vec::new();
        for route in table.prefixes {
            places.entry(route.prefix).or_default().prefix =
                Some((prefix_targets.len(), route.after));
            prefix_targets.push(route.target);
        }
        let places = PrefixTable::new(places);
        let scopes = with_parents(table.scopes);
        let mut exact = table.exact;
        let index = exact.remove(&[][..]);
        Ok(Self { exact, index, patterns, pattern_targets, prefix_targets, places, scopes })
    }

    /// What a request leads to. `path` is the beginning of `url` up to the query; both undecoded.
    #[inline]
    #[must_use]
    pub fn find<'u>(&self, path: &'u [u8], url: &'u [u8]) -> Option<Found<'_, 'u, T>> {
        let target = match trim_slashes(path) {
            [] => self.index.as_ref(),
            path => self.exact.get(path),
        };
        match target {
            Some(target) => Some(target.found(Params::default(), None)),
            None => self.search(path, url),
        }
    }

    /// The innermost application that is mounted above a path, whatever serves it: that of the
    /// middleware, also if nothing is found.
    #[must_use]
    pub fn scope_at(&self, path: &[u8]) -> ScopeId {
        if self.scopes.len() == 1 {
            return ScopeId::ROOT;
        }
        let places = self.places.of_path(trim_leading(path));
        places.filter_map(|(_, place)| place.scope).last().unwrap_or_default()
    }

    /// The scope around a scope: that of the longest prefix which this one's begins with. `None`
    /// for the outermost.
    #[must_use]
    pub fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes.get(scope.index())?.parent
    }

    /// The prefix of a scope, without the slashes at its ends.
    #[must_use]
    pub fn prefix(&self, scope: ScopeId) -> &[u8] {
        self.scopes.get(scope.index()).map_or(&[], |scope| &scope.prefix)
    }

    /// All scopes; the outermost comes first.
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = ScopeId> + use<T> {
        (0..self.scopes.len()).map(ScopeId)
    }

    #[inline(never)]
    fn search<'u>(&self, path: &'u [u8], url: &'u [u8]) -> Option<Found<'_, 'u, T>> {
        let trimmed = trim_leading(path);
        let mut pattern = None;
        let mut prefix = None;
        for (rest, place) in self.places.of_path(trimmed) {
            if let Some((at, after)) = place.prefix {
                prefix = Some((at, after, rest));
            }
            let Some(patterns) = &place.patterns else { continue };
            // The outermost patterns see the URL as it came, with all its slashes.
            let is_outermost = rest.len() == trimmed.len();
            let start = if is_outermost { 0 } else { path.len() - rest.len() };
            patterns.find(&self.patterns, (url, start), &mut pattern);
        }
        match (pattern, prefix) {
            (Some((at, params)), prefix) if prefix.is_none_or(|(_, after, _)| at >= after) => {
                Some(self.pattern_targets.get(at)?.found(params, None))
            }
            (_, prefix) => {
                let (at, _, rest) = prefix?;
                Some(self.prefix_targets.get(at)?.found(Params::default(), Some(rest)))
            }
        }
    }
}

impl<T> Target<T> {
    #[inline]
    fn found<'u>(&self, params: Params, rest: Option<&'u [u8]>) -> Found<'_, 'u, T> {
        Found { target: &self.value, scope: self.scope, params, rest }
    }
}

/// A mounted application's parent is the one with the longest prefix above it, wherever it was
/// mounted: as for paths.
fn with_parents(prefixes: Vec<Box<[u8]>>) -> Vec<Scope> {
    let is_above = |outer: &[u8], inner: &[u8]| match inner.strip_prefix(outer) {
        Some([b'/', ..]) => true,
        Some([_, ..]) => outer.is_empty(),
        _ => false,
    };
    let parent = |prefix: &[u8]| {
        let outer = prefixes.iter().enumerate().filter(|(_, outer)| is_above(outer, prefix));
        outer.max_by_key(|(_, outer)| outer.len()).map(|(at, _)| ScopeId(at))
    };
    let parents: Vec<_> = prefixes.iter().map(|prefix| parent(prefix)).collect();
    let both = prefixes.into_iter().zip(parents);
    both.map(|(prefix, parent)| Scope { prefix, parent }).collect()
}
