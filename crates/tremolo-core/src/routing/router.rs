//! The routes of a running application: what a request's path and URL lead to.

use std::borrow::Cow;

use http::Method;

use super::error::MAX_PATTERNS;
use super::group::take;
use super::normal::{normal, sent_offset};
use super::pattern::Pattern;
use super::prefix_table::{PrefixTable, Table};
use super::set::PatternSet;
use super::table::RouteTable;
use super::target::{ScopeId, Target};
use super::unserved::{DecidesMethods, Unserved};
use super::{Params, RouteError, trim_end};
use crate::http1::request::RequestHead;

/// Compiled routes; made by [`RouteTable::compile`].
#[derive(Clone, Debug)]
pub struct Router<T> {
    /// The keys are the application's own: no client can fill this table with collisions.
    exact: Table<Target<T>>,
    /// The exact path `/`; apart, as in [`PrefixTable`].
    index: Option<Target<T>>,
    /// The target `*`, which is no path.
    asterisk: Option<Target<T>>,
    /// Oldest first.
    patterns: Vec<Pattern>,
    pattern_targets: Vec<Target<T>>,
    prefix_targets: Vec<Target<T>>,
    /// What belongs to the beginning of a path.
    entries: PrefixTable<PrefixEntry>,
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
    /// Only for a prefix: the path behind it as it was sent, empty or from its slash on; all of the
    /// path if the prefix is `/`.
    pub rest: Option<&'u [u8]>,
}

/// A URL as it was sent.
#[derive(Clone, Copy)]
struct Sent<'u> {
    path: &'u [u8],
    url: &'u [u8],
    /// Whether it is known to be its own normal form.
    is_plain: bool,
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
    /// What was mounted here last.
    prefix: Option<usize>,
}

impl<T> RouteTable<T> {
    /// Makes the table that requests are looked up in.
    ///
    /// # Errors
    ///
    /// [`RouteError::TooLarge`] if the patterns need more memory than they may have.
    pub fn compile(self) -> Result<Router<T>, RouteError> {
        Router::new(self)
    }
}

impl<T> Router<T> {
    fn new(table: RouteTable<T>) -> Result<Self, RouteError> {
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
        let mut entries: Table<PrefixEntry> = Table::default();
        for (at, (prefix, members)) in table.scopes.iter().zip(members).enumerate() {
            let entry = entries.entry(prefix.clone()).or_default();
            entry.scope = Some(ScopeId(at));
            if !members.is_empty() {
                entry.patterns = Some(PatternSet::new(&patterns, members, &mut room)?);
            }
        }
        let mut prefix_targets = Vec::new();
        for route in table.prefixes {
            entries.entry(route.prefix).or_default().prefix = Some(prefix_targets.len());
            prefix_targets.push(route.target);
        }
        let entries = PrefixTable::new(entries);
        let scopes = with_parents(table.scopes);
        let mut exact = table.exact;
        let (index, asterisk) = (exact.remove(&[][..]), table.asterisk);
        Ok(Self {
            exact,
            index,
            asterisk,
            patterns,
            pattern_targets,
            prefix_targets,
            entries,
            scopes,
        })
    }

    /// What a request leads to.
    ///
    /// # Errors
    ///
    /// [`Unserved`] is what the server answers by itself.
    #[inline]
    pub fn route<'u>(&self, head: &'u RequestHead) -> Result<Found<'_, 'u, T>, Unserved>
    where
        T: DecidesMethods,
    {
        let (path, url) = (head.path(), head.url());
        let found = match head.is_plain_target() {
            true => self.find_form(path, Sent { path, url, is_plain: true }),
            false => self.find(path, url),
        };
        match found {
            Some(found) => match *head.method() {
                Method::TRACE if !found.target.decides_methods() => Err(Unserved::TraceRefused),
                _ => Ok(found),
            },
            None => Err(Unserved::of_nothing(head)),
        }
    }

    /// What a path leads to, whatever the method. `path` is the beginning of `url` up to the query;
    /// both as they were sent.
    #[inline]
    #[must_use]
    pub fn find<'u>(&self, path: &'u [u8], url: &'u [u8]) -> Option<Found<'_, 'u, T>> {
        self.find_form(&normal(path), Sent { path, url, is_plain: false })
    }

    /// The same; `form` is the normal form of the path.
    #[inline]
    fn find_form<'u>(&self, form: &[u8], sent: Sent<'u>) -> Option<Found<'_, 'u, T>> {
        let target = match form {
            b"/" => self.index.as_ref(),
            // A second slash at the start belongs to the path: no route has it.
            [b'/', b'/', ..] => None,
            [b'/', path @ ..] => self.exact.get(trim_end(path)),
            b"*" => self.asterisk.as_ref(),
            _ => None,
        };
        match target {
            Some(target) => Some(target.found(Params::default(), None)),
            None => self.search(form, sent),
        }
    }

    /// The innermost application that is mounted above a path, whatever serves it: that of the
    /// middleware, also if nothing is found.
    #[must_use]
    pub fn scope_at(&self, path: &[u8]) -> ScopeId {
        if self.scopes.len() == 1 {
            return ScopeId::ROOT;
        }
        let form = normal(path);
        let entries = self.entries.of_path(below_root(&form));
        entries.filter_map(|(_, entry)| entry.scope).last().unwrap_or_default()
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

    /// Looks through patterns and prefixes. `form` is the normal form of the path.
    #[inline(never)]
    fn search<'u>(&self, form: &[u8], sent: Sent<'u>) -> Option<Found<'_, 'u, T>> {
        let Sent { path, url, is_plain } = sent;
        // `*` is no path: nothing but its own route serves it.
        let below = form.strip_prefix(b"/")?;
        // What precedes the query has the same form with it and without.
        let is_form = is_plain || self.patterns.is_empty();
        let url_form = if is_form { Cow::Borrowed(url) } else { normal(url) };
        let mut pattern = None;
        let mut prefix = None;
        for (rest, entry) in self.entries.of_path(below) {
            // To the outermost application the URL begins at its slash.
            let start = if rest.len() == below.len() { 0 } else { form.len() - rest.len() };
            if let Some(at) = entry.prefix {
                prefix = Some((at, start));
            }
            if let Some(patterns) = &entry.patterns {
                patterns.find(&self.patterns, (&url_form, start), &mut pattern);
            }
        }
        if let Some((at, mut params)) = pattern {
            if let Cow::Owned(_) = url_form {
                params.turn_back(|offset, is_end| sent_offset(url, offset, is_end));
            }
            return Some(self.pattern_targets.get(at)?.found(params, None));
        }
        let (at, start) = prefix?;
        let start = if is_plain { start } else { sent_offset(path, start, false) };
        let rest = path.get(start..)?;
        Some(self.prefix_targets.get(at)?.found(Params::default(), Some(rest)))
    }
}

/// A path without the slash that it begins with.
fn below_root(path: &[u8]) -> &[u8] {
    path.strip_prefix(b"/").unwrap_or(path)
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
