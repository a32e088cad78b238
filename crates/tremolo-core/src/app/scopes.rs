//! Scopes: which middleware runs for which request. A scope has its own, else that of its parent.
//! The first scope is the application itself, the others are mounted in it.

use super::Ordered;
use crate::routing::{Router, ScopeId};

/// The middleware of a scope of an application that is being put together.
#[derive(Clone, Debug)]
pub struct ScopeDraft<M> {
    /// Runs before handlers.
    pub on_request: Ordered<M>,
    /// Runs before response heads.
    pub on_response: Ordered<M>,
}

impl<M> Default for ScopeDraft<M> {
    fn default() -> Self {
        Self { on_request: Ordered::default(), on_response: Ordered::default() }
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

    /// Takes the middleware of an application that is mounted. `numbers` are the scopes that its
    /// scopes have become, as [`RouteTable::mount`](crate::routing::RouteTable::mount) returns
    /// them. What a scope has already runs first among equal priorities.
    pub fn mount(&mut self, numbers: Vec<ScopeId>, other: Self) {
        let drafts = std::iter::once(other.root).chain(other.mounted);
        for (number, draft) in numbers.into_iter().zip(drafts) {
            let scope = self.scope(number.index());
            scope.on_request.add_all(draft.on_request);
            scope.on_response.add_all(draft.on_response);
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
        let finish = |draft: ScopeDraft<M>| {
            let on_response = match rules.way_out {
                WayOut::Reversed => draft.on_response.reversed(),
                WayOut::LatestFirst => draft.on_response.latest_first(),
            };
            (draft.on_request.in_order(), on_response)
        };
        let drafts = std::iter::once(self.root).chain(self.mounted);
        let mut chains: Vec<(Chain<M>, Chain<M>)> = drafts.map(finish).collect();
        chains.resize_with(router.scopes().len(), Default::default);
        let nearest = |scope, has_some: fn(&(Chain<M>, Chain<M>)) -> bool| {
            let has_some = |chains: &(Chain<M>, Chain<M>)| match rules.inherit {
                Inherit::ByKind => has_some(chains),
                Inherit::Whole => !chains.0.is_empty() || !chains.1.is_empty(),
            };
            let mut above = std::iter::successors(Some(scope), |&scope| router.parent(scope));
            above.find(|scope| chains.get(scope.index()).is_some_and(has_some)).unwrap_or(scope)
        };
        let near: Vec<_> = router
            .scopes()
            .map(|scope| {
                (nearest(scope, |own| !own.0.is_empty()), nearest(scope, |own| !own.1.is_empty()))
            })
            .collect();
        let scope = |((request_of, response_of), (on_request, on_response))| Scope {
            on_request,
            on_response,
            request_of,
            response_of,
            has_no_middleware: false,
        };
        let mut scopes = Scopes(near.into_iter().zip(chains).map(scope).collect());
        for scope in router.scopes() {
            let has_no_middleware =
                scopes.on_request(scope).is_empty() && scopes.on_response(scope).is_empty();
            if let Some(scope) = scopes.0.get_mut(scope.index()) {
                scope.has_no_middleware = has_no_middleware;
            }
        }
        scopes
    }
}

/// What differs between the fronts: that for Python has the rules of the original.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What a scope takes from its parent.
    pub inherit: Inherit,
    /// The order of `on_response`.
    pub way_out: WayOut,
}

impl Rules {
    /// Each kind for itself; out in the reverse of the way in.
    pub const NESTED: Self = Self { inherit: Inherit::ByKind, way_out: WayOut::Reversed };

    /// The rules of the original.
    pub const ORIGINAL: Self = Self { inherit: Inherit::Whole, way_out: WayOut::LatestFirst };
}

/// The order of `on_response`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// The reverse of the way in.
    Reversed,
    /// Lower priorities come first, as on the way in; of equal ones the latest comes first.
    LatestFirst,
}

/// When the middleware of the parent runs for a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inherit {
    /// `on_request` if the scope has none, and `on_response` if it has none.
    ByKind,
    /// Both, if the scope has neither.
    Whole,
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
/// let of_path = |path| scopes.on_request(router.scope_at(path));
/// assert_eq!(of_path(b"/"), ["log"]);
/// assert_eq!(of_path(b"/admin/users"), ["authenticate"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scopes<M>(Box<[Scope<M>]>);

#[derive(Debug)]
struct Scope<M> {
    on_request: Chain<M>,
    on_response: Chain<M>,
    /// The nearest scopes that have some: this one, or one above it.
    request_of: ScopeId,
    response_of: ScopeId,
    /// Whether no middleware runs for its handlers.
    has_no_middleware: bool,
}

impl<M> Scopes<M> {
    /// The middleware that runs before the handlers of a scope, in its order.
    #[must_use]
    pub fn on_request(&self, scope: ScopeId) -> &[M] {
        let own = self.0.get(scope.index()).and_then(|scope| self.0.get(scope.request_of.index()));
        own.map_or(&[], |scope| &scope.on_request)
    }

    /// The middleware that runs before the response heads of a scope, in its order.
    #[must_use]
    pub fn on_response(&self, scope: ScopeId) -> &[M] {
        let own = self.0.get(scope.index()).and_then(|scope| self.0.get(scope.response_of.index()));
        own.map_or(&[], |scope| &scope.on_response)
    }

    /// Whether no middleware runs for the handlers of a scope.
    #[must_use]
    pub fn has_no_middleware(&self, scope: ScopeId) -> bool {
        self.0.get(scope.index()).is_none_or(|scope| scope.has_no_middleware)
    }

    /// Whether no scope has middleware.
    #[must_use]
    pub fn have_no_middleware(&self) -> bool {
        self.0.iter().all(|scope| scope.has_no_middleware)
    }

    /// Whether any scope has `on_response` middleware.
    #[must_use]
    pub fn any_on_response(&self) -> bool {
        self.0.iter().any(|scope| !scope.on_response.is_empty())
    }

    /// All middleware, each once.
    pub fn all(&self) -> impl Iterator<Item = &M> {
        self.0.iter().flat_map(|scope| scope.on_request.iter().chain(&scope.on_response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::RouteTable;

    /// The middleware counts of a scope that has one of both kinds, and of three below it.
    fn counts(rules: Rules) -> Vec<(usize, usize, bool)> {
        let (mut table, mut drafts) = (RouteTable::default(), ScopeDrafts::default());
        let fill = |draft: &mut ScopeDraft<()>, request: usize, response: usize| {
            (0..request).for_each(|_| draft.on_request.add(0, ()));
            (0..response).for_each(|_| draft.on_response.add(0, ()));
        };
        fill(drafts.root(), 1, 2);
        for (prefix, request, response) in [("/a", 3, 0), ("/a/b", 0, 0), ("/a/b/c", 0, 4)] {
            let (mut inner, mut own) = (RouteTable::default(), ScopeDrafts::default());
            inner.add("/", ()).unwrap();
            fill(own.root(), request, response);
            drafts.mount(table.mount(prefix, inner).unwrap(), own);
        }
        let router = table.compile().unwrap();
        let scopes = drafts.finish(&router, rules);
        assert!(scopes.any_on_response() && !scopes.have_no_middleware());
        assert_eq!(scopes.all().count(), 10);
        let counts = |scope| {
            (
                scopes.on_request(scope).len(),
                scopes.on_response(scope).len(),
                scopes.has_no_middleware(scope),
            )
        };
        router.scopes().map(counts).collect()
    }

    #[test]
    fn a_scope_has_its_own_middleware_or_that_of_the_nearest_above() {
        let by_kind = [(1, 2, false), (3, 2, false), (3, 2, false), (3, 4, false)];
        assert_eq!(counts(Rules::NESTED), by_kind);
        let whole = [(1, 2, false), (3, 0, false), (3, 0, false), (0, 4, false)];
        assert_eq!(counts(Rules::ORIGINAL), whole);
    }

    #[test]
    fn an_application_without_middleware_has_none_in_any_scope() {
        let mut table = RouteTable::<()>::default();
        table.mount("/a", RouteTable::default()).unwrap();
        let router = table.compile().unwrap();
        let empty = ScopeDrafts::<()>::default().finish(&router, Rules::NESTED);
        assert!(empty.have_no_middleware());
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
        assert_eq!(scopes.on_request(ScopeId::ROOT), ["early", "own", "first", "second"]);
    }
}
