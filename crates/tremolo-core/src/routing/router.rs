//! The compiled routes of an application: finds the target for a path and a URL.

use std::borrow::Cow;

use http::Method;

use super::error::{MAX_PATTERNS, take};
use super::normal::{normal, sent_offset};
use super::order::in_order;
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
    /// The keys are from the application, so peers cannot cause hash collisions.
    exact: Table<Target<T>>,
    /// The exact path `/`; separate for the same reason as in [`PrefixTable`].
    index: Option<Target<T>>,
    /// The target `*`, which is not a path.
    asterisk: Option<Target<T>>,
    /// In the order of `order.rs`: of those that match, the last one serves the request.
    patterns: Vec<Pattern>,
    pattern_targets: Vec<Target<T>>,
    prefix_targets: Vec<Target<T>>,
    /// Prefixes and mounted applications.
    entries: PrefixTable<PrefixEntry>,
    scopes: Vec<Scope>,
}

/// The result of a lookup.
#[derive(Clone, Debug)]
pub struct Found<'r, 'u, T> {
    /// The registered target.
    pub target: &'r T,
    /// The mounted application in which it was registered.
    pub scope: ScopeId,
    /// The groups of the pattern, as ranges of the URL; empty for an exact route.
    pub params: Params,
    /// Only for a prefix: the path behind it as it was sent, empty or starting with a slash; the
    /// whole path if the prefix is `/`.
    pub rest: Option<&'u [u8]>,
}

/// A URL as it was sent.
#[derive(Clone, Copy)]
struct Sent<'u> {
    path: &'u [u8],
    url: &'u [u8],
    /// Whether it is known to be in its normal form.
    is_plain: bool,
}

#[derive(Clone, Debug)]
struct Scope {
    prefix: Box<[u8]>,
    parent: Option<ScopeId>,
}

#[derive(Clone, Debug, Default)]
struct PrefixEntry {
    /// The mounted application with its patterns.
    scope: Option<ScopeId>,
    patterns: Option<PatternSet>,
    /// The latest target with this prefix.
    prefix: Option<usize>,
}

impl<T> RouteTable<T> {
    /// Makes the table that requests are looked up in.
    ///
    /// # Errors
    ///
    /// [`RouteError::ServedTwice`] if two paths with parameters match the same requests;
    /// [`RouteError::TooLarge`] if the patterns need more memory than they may have.
    pub fn compile(self) -> Result<Router<T>, RouteError> {
        Router::new(self)
    }
}

impl<T> Router<T> {
    fn new(table: RouteTable<T>) -> Result<Self, RouteError> {
        let routes = in_order(table.patterns, &table.scopes)?;
        let routes = routes.into_iter().map(|route| (route.pattern, route.target));
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
        let exact = table.exact.into_iter().map(|(path, route)| (path, route.target));
        let mut exact: Table<Target<T>> = exact.collect();
        let index = exact.remove(&[][..]);
        let asterisk = table.asterisk.map(|route| route.target);
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

    /// The target for a request.
    ///
    /// # Errors
    ///
    /// [`Unserved`]: the response that the server itself gives.
    #[inline]
    pub fn route<'u>(&self, head: &'u RequestHead) -> Result<Found<'_, 'u, T>, Unserved>
    where
        T: DecidesMethods,
    {
        let (path, url) = (head.path(), head.url());
        let is_plain = head.is_plain_target();
        let form = if is_plain { Cow::Borrowed(path) } else { normal(path) };
        match self.find_form(&form, Sent { path, url, is_plain }) {
            Some(found) => match *head.method() {
                Method::TRACE if !found.target.decides_methods() => Err(Unserved::TraceRefused),
                _ => Ok(found),
            },
            None => Err(Unserved::of_nothing(head)),
        }
    }

    /// The target for a path, for any method. `path` is the beginning of `url` up to the query;
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
            // A second slash at the start is significant, and no exact route has one.
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

    /// The innermost application mounted above a path, whether or not a route matches: its
    /// middleware runs.
    #[must_use]
    pub fn scope_at(&self, path: &[u8]) -> ScopeId {
        if self.scopes.len() == 1 {
            return ScopeId::ROOT;
        }
        let form = normal(path);
        let entries = self.entries.of_path(below_root(&form));
        entries.filter_map(|(_, entry)| entry.scope).last().unwrap_or_default()
    }

    /// The scope around a scope: the one with the longest prefix of this one's prefix. `None` for
    /// the outermost.
    #[must_use]
    pub fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes.get(scope.index())?.parent
    }

    /// The prefix of a scope, without slashes at its ends.
    #[must_use]
    pub fn prefix(&self, scope: ScopeId) -> &[u8] {
        self.scopes.get(scope.index()).map_or(&[], |scope| &scope.prefix)
    }

    /// All scopes; the outermost is the first.
    pub fn scopes(&self) -> impl ExactSizeIterator<Item = ScopeId> + use<T> {
        (0..self.scopes.len()).map(ScopeId)
    }

    /// Searches patterns and prefixes. `form` is the normal form of the path.
    #[inline(never)]
    fn search<'u>(&self, form: &[u8], sent: Sent<'u>) -> Option<Found<'_, 'u, T>> {
        let Sent { path, url, is_plain } = sent;
        // `*` is not a path: only its own route serves it.
        let below = form.strip_prefix(b"/")?;
        // The normal form of the path does not depend on the query.
        let is_form = is_plain || self.patterns.is_empty();
        let url_form = if is_form { Cow::Borrowed(url) } else { normal(url) };
        let mut pattern = None;
        let mut prefix = None;
        for (rest, entry) in self.entries.of_path(below) {
            // For the outermost application the URL begins at its slash.
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
                params.convert_ends(|offset, is_end| sent_offset(url, offset, is_end));
            }
            return Some(self.pattern_targets.get(at)?.found(params, None));
        }
        let (at, start) = prefix?;
        let start = if is_plain { start } else { sent_offset(path, start, false) };
        let rest = path.get(start..)?;
        Some(self.prefix_targets.get(at)?.found(Params::default(), Some(rest)))
    }
}

/// A path without its leading slash.
fn below_root(path: &[u8]) -> &[u8] {
    path.strip_prefix(b"/").unwrap_or(path)
}

impl<T> Target<T> {
    #[inline]
    fn found<'u>(&self, params: Params, rest: Option<&'u [u8]>) -> Found<'_, 'u, T> {
        Found { target: &self.value, scope: self.scope, params, rest }
    }
}

/// The parent of a mounted application is the one with the longest prefix above it, in any order of
/// mounting: as for paths.
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
