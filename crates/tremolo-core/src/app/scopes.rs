//! Scopes: which middleware runs for which request. The first scope is the application itself, the
//! others are mounted in it. The rules decide whether the middleware of a scope runs inside that of
//! its parents, or in place of it.

use super::Ordered;
use crate::routing::{Router, ScopeId};

/// The middleware of a scope of an application that is being put together.
#[derive(Clone, Debug)]
pub struct ScopeDraft<M> {
    /// Runs before handlers.
    pub on_request: Ordered<M>,
    /// Runs before response heads.
    pub on_response: Ordered<M>,
    /// Whether the middleware of the scopes around this one does not run for it. Of the
    /// applications at one prefix all must have it set.
    pub is_isolated: bool,
}

impl<M> Default for ScopeDraft<M> {
    fn default() -> Self {
        Self { on_request: Ordered::default(), on_response: Ordered::default(), is_isolated: false }
    }
}

/// The middleware of an application that is being put together, by scope.
#[derive(Clone, Debug)]
pub struct ScopeDrafts<M> {
    root: ScopeDraft<M>,
    /// Those of the scopes 1, 2, ….
    mounted: Vec<ScopeDraft<M>>,
}

impl<M> Default for ScopeDrafts<M> {
    fn default() -> Self {
        Self { root: ScopeDraft::default(), mounted: Vec::new() }
    }
}

impl<M> ScopeDrafts<M> {
    /// The scope of the application itself.
    pub fn root(&mut self) -> &mut ScopeDraft<M> {
        &mut self.root
    }

    /// The scopes that have no parent: the application itself, and those that are isolated.
    pub fn outermost(&mut self) -> impl Iterator<Item = &mut ScopeDraft<M>> {
        let isolated = self.mounted.iter_mut().filter(|scope| scope.is_isolated);
        std::iter::once(&mut self.root).chain(isolated)
    }

    /// Takes the middleware of an application that is mounted. `numbers` are the scopes that its
    /// scopes have become, as [`RouteTable::mount`](crate::routing::RouteTable::mount) returns
    /// them. What a scope has already runs first among equal priorities.
    pub fn mount(&mut self, numbers: Vec<ScopeId>, other: Self) {
        let drafts = std::iter::once(other.root).chain(other.mounted);
        for (number, draft) in numbers.into_iter().zip(drafts) {
            let is_new = number.index() > self.mounted.len();
            let scope = self.scope(number.index());
            scope.on_request.add_all(draft.on_request);
            scope.on_response.add_all(draft.on_response);
            scope.is_isolated = draft.is_isolated && (is_new || scope.is_isolated);
        }
    }

    fn scope(&mut self, index: usize) -> &mut ScopeDraft<M> {
        let Some(index) = index.checked_sub(1) else { return &mut self.root };
        let room = self.mounted.len().max(index + 1);
        self.mounted.resize_with(room, ScopeDraft::default);
        self.mounted.get_mut(index).unwrap_or(&mut self.root)
    }

    /// Resolves the parents.
    #[must_use]
    pub fn finish<T>(self, router: &Router<T>, rules: Rules) -> Scopes<M> {
        let finish = |draft: ScopeDraft<M>| Scope {
            on_request: draft.on_request.in_order(),
            on_response: match rules.way_out {
                WayOut::Reversed => draft.on_response.reversed(),
                WayOut::LatestFirst => draft.on_response.latest_first(),
            },
            is_isolated: draft.is_isolated,
            lineage: Box::default(),
        };
        let drafts = std::iter::once(self.root).chain(self.mounted);
        let mut scopes: Vec<Scope<M>> = drafts.map(finish).collect();
        scopes.resize_with(router.scopes().len(), || finish(ScopeDraft::default()));
        for scope in router.scopes() {
            let lineage = lineage(&scopes, router, scope, rules.inherit);
            if let Some(scope) = scopes.get_mut(scope.index()) {
                scope.lineage = lineage;
            }
        }
        Scopes(scopes.into())
    }
}

/// The scopes whose middleware runs for a scope, the outermost first; none without middleware.
fn lineage<M, T>(
    scopes: &[Scope<M>],
    router: &Router<T>,
    scope: ScopeId,
    inherit: Inherit,
) -> Box<[ScopeId]> {
    let mut lineage = Vec::new();
    for id in std::iter::successors(Some(scope), |&scope| router.parent(scope)) {
        let Some(scope) = scopes.get(id.index()) else { break };
        let has_some = !scope.on_request.is_empty() || !scope.on_response.is_empty();
        if has_some {
            lineage.push(id);
        }
        if scope.is_isolated || (has_some && inherit == Inherit::Nearest) {
            break;
        }
    }
    lineage.reverse();
    lineage.into()
}

/// What differs between the fronts: that for Python has the rules of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a scope takes from its parents.
    pub inherit: Inherit,
    /// The order of `on_response`.
    pub way_out: WayOut,
}

impl Rules {
    /// Each scope inside its parent; out in the reverse of the way in.
    pub const NESTED: Self = Self { inherit: Inherit::All, way_out: WayOut::Reversed };

    /// The rules of the original.
    pub const ORIGINAL: Self = Self { inherit: Inherit::Nearest, way_out: WayOut::LatestFirst };
}

/// The order of `on_response` in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// The reverse of the way in.
    Reversed,
    /// Lower priorities come first, as on the way in; of equal ones the latest comes first.
    LatestFirst,
}

/// Whose middleware runs for a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inherit {
    /// Its own, inside that of its parents.
    All,
    /// Its own, or without any that of the nearest parent that has some.
    Nearest,
}

/// The middleware of one kind, in the order in which it runs.
type Chain<M> = Box<[M]>;

/// The scopes of an application that serves.
///
/// ```
/// use tremolo_core::app::{Rules, ScopeDrafts};
/// use tremolo_core::routing::RouteTable;
///
/// let (mut routes, mut drafts) = (RouteTable::default(), ScopeDrafts::default());
/// drafts.root().on_request.add(1, "log");
///
/// let (mut inner, mut own) = (RouteTable::default(), ScopeDrafts::default());
/// inner.add("/users", ())?;
/// own.root().on_request.add(1, "authenticate");
/// drafts.mount(routes.mount("/admin", inner)?, own);
///
/// let router = routes.compile()?;
/// let scopes = drafts.finish(&router, Rules::NESTED);
/// let of_path = |path| scopes.on_request(router.scope_at(path)).copied().collect::<Vec<_>>();
/// assert_eq!(of_path(b"/"), ["log"]);
/// assert_eq!(of_path(b"/admin/users"), ["log", "authenticate"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scopes<M>(Box<[Scope<M>]>);

#[derive(Debug)]
struct Scope<M> {
    on_request: Chain<M>,
    on_response: Chain<M>,
    is_isolated: bool,
    /// The scopes whose middleware runs for this one, the outermost first.
    lineage: Box<[ScopeId]>,
}

impl<M> Scopes<M> {
    /// The middleware that runs before the handlers of a scope, in its order.
    pub fn on_request(&self, scope: ScopeId) -> impl Iterator<Item = &M> {
        self.lineage(scope).flat_map(|scope| &scope.on_request)
    }

    /// The middleware that runs before the response heads of a scope, in its order.
    pub fn on_response(&self, scope: ScopeId) -> impl Iterator<Item = &M> {
        self.lineage(scope).rev().flat_map(|scope| &scope.on_response)
    }

    /// Whether no middleware runs for the handlers of a scope.
    #[must_use]
    pub fn has_no_middleware(&self, scope: ScopeId) -> bool {
        self.0.get(scope.index()).is_none_or(|scope| scope.lineage.is_empty())
    }

    fn lineage(&self, scope: ScopeId) -> impl DoubleEndedIterator<Item = &Scope<M>> {
        let scopes = self.0.get(scope.index()).into_iter().flat_map(|scope| &scope.lineage);
        scopes.filter_map(|scope| self.0.get(scope.index()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::RouteTable;

    /// The middleware of `/`, `/a`, `/a/b`, `/a/b/c` and `/a/i`, on the way in and out. `/a/b` has
    /// none, `/a` none on the way out, and `/a/i` is isolated.
    fn order(rules: Rules) -> Vec<(String, String)> {
        let (mut table, mut drafts) = (RouteTable::default(), ScopeDrafts::default());
        let fill = |draft: &mut ScopeDraft<&'static str>, request, response| {
            for name in request {
                draft.on_request.add(0, name);
            }
            for name in response {
                draft.on_response.add(0, name);
            }
        };
        fill(drafts.root(), vec!["r"], vec!["R", "S"]);
        for (prefix, request, response) in [
            ("/a", vec!["a", "b"], vec![]),
            ("/a/b", vec![], vec![]),
            ("/a/b/c", vec![], vec!["C"]),
            ("/a/i", vec!["i"], vec![]),
        ] {
            let (mut inner, mut own) = (RouteTable::default(), ScopeDrafts::default());
            inner.add("/", ()).unwrap();
            fill(own.root(), request, response);
            own.root().is_isolated = prefix == "/a/i";
            drafts.mount(table.mount(prefix, inner).unwrap(), own);
        }
        let router = table.compile().unwrap();
        let scopes = drafts.finish(&router, rules);
        assert!(router.scopes().all(|scope| !scopes.has_no_middleware(scope)));
        let order = |scope| {
            (
                scopes.on_request(scope).copied().collect(),
                scopes.on_response(scope).copied().collect(),
            )
        };
        router.scopes().map(order).collect()
    }

    #[test]
    fn a_scope_runs_inside_its_parents_or_has_the_middleware_of_the_nearest() {
        let own = |order: [(&str, &str); 5]| order.map(|(i, o)| (i.to_owned(), o.to_owned()));
        let nested = [("r", "SR"), ("rab", "SR"), ("rab", "SR"), ("rab", "CSR"), ("i", "")];
        assert_eq!(order(Rules::NESTED), own(nested));
        let nearest = [("r", "SR"), ("ab", ""), ("ab", ""), ("", "C"), ("i", "")];
        assert_eq!(order(Rules::ORIGINAL), own(nearest));
    }

    #[test]
    fn an_application_without_middleware_has_none_in_any_scope() {
        let mut table = RouteTable::<()>::default();
        table.mount("/a", RouteTable::default()).unwrap();
        let router = table.compile().unwrap();
        let empty = ScopeDrafts::<()>::default().finish(&router, Rules::NESTED);
        assert!(router.scopes().all(|scope| empty.has_no_middleware(scope)));
    }

    #[test]
    fn what_is_mounted_at_one_prefix_shares_its_middleware() {
        let (mut table, mut drafts) = (RouteTable::<()>::default(), ScopeDrafts::default());
        drafts.root().on_request.add(5, "own");
        for (priority, name) in [(5, "first"), (5, "second"), (1, "early")] {
            let mut inner = ScopeDrafts::default();
            inner.root().on_request.add(priority, name);
            drafts.mount(table.mount("/", RouteTable::default()).unwrap(), inner);
        }
        let router = table.compile().unwrap();
        let scopes = drafts.finish(&router, Rules::NESTED);
        let order: Vec<_> = scopes.on_request(ScopeId::ROOT).copied().collect();
        assert_eq!(order, ["early", "own", "first", "second"]);
    }

    #[test]
    fn a_prefix_is_isolated_if_all_that_is_mounted_there_is() {
        for (isolated, expected) in
            [([true, true], "12"), ([true, false], "012"), ([false, true], "012")]
        {
            let (mut table, mut drafts) = (RouteTable::<()>::default(), ScopeDrafts::default());
            drafts.root().on_request.add(0, "0");
            for (is_isolated, name) in isolated.into_iter().zip(["1", "2"]) {
                let mut inner = ScopeDrafts::default();
                inner.root().is_isolated = is_isolated;
                inner.root().on_request.add(0, name);
                drafts.mount(table.mount("/a", RouteTable::default()).unwrap(), inner);
            }
            let outermost = drafts.outermost().count();
            assert_eq!(outermost, if expected == "12" { 2 } else { 1 });
            let router = table.compile().unwrap();
            let scopes = drafts.finish(&router, Rules::NESTED);
            let order: String = scopes.on_request(router.scope_at(b"/a")).copied().collect();
            assert_eq!(order, expected, "{isolated:?}");
        }
    }
}
