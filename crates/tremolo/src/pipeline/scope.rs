//! Scopes: which middleware runs for which request. A scope has its own, else that of its parent.
//! The first scope is the application itself, the others are mounted in it.

use tremolo_core::routing::{Router, ScopeId};

use crate::handler::AnyHandler;
use crate::ordered::Ordered;

/// The middleware of one kind, in the order in which it runs.
pub(crate) type Chain = Box<[Box<dyn AnyHandler>]>;

/// A scope of an application that is being put together.
#[derive(Debug, Default)]
pub(crate) struct ScopeDraft {
    pub(crate) on_request: Ordered<Box<dyn AnyHandler>>,
    pub(crate) on_response: Ordered<Box<dyn AnyHandler>>,
}

impl ScopeDraft {
    /// Adds what another application has for the same scope.
    pub(crate) fn add_all(&mut self, other: Self) {
        self.on_request.add_all(other.on_request);
        self.on_response.add_all(other.on_response);
    }
}

/// The scopes of an application that serves.
#[derive(Debug)]
pub(crate) struct Scopes(Box<[Scope]>);

#[derive(Debug)]
struct Scope {
    on_request: Chain,
    on_response: Chain,
    /// The nearest scopes that have some: this one, or one above it.
    request_of: ScopeId,
    response_of: ScopeId,
    /// Whether no middleware runs for its handlers.
    has_no_middleware: bool,
}

impl Scopes {
    /// Resolves the parents: the drafts are those of the router's scopes, in their order.
    pub(crate) fn new<T>(router: &Router<T>, drafts: Vec<ScopeDraft>) -> Self {
        let finish =
            |draft: ScopeDraft| (draft.on_request.in_order(), draft.on_response.reversed());
        let mut chains: Vec<(Chain, Chain)> = drafts.into_iter().map(finish).collect();
        chains.resize_with(router.scopes().len(), Default::default);
        let nearest = |scope, has_some: fn(&(Chain, Chain)) -> bool| {
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
        let mut scopes = Self(near.into_iter().zip(chains).map(scope).collect());
        for scope in router.scopes() {
            let has_no_middleware =
                scopes.on_request(scope).is_empty() && scopes.on_response(scope).is_empty();
            if let Some(scope) = scopes.0.get_mut(scope.index()) {
                scope.has_no_middleware = has_no_middleware;
            }
        }
        scopes
    }

    pub(crate) fn on_request(&self, scope: ScopeId) -> &[Box<dyn AnyHandler>] {
        let own = self.0.get(scope.index()).and_then(|scope| self.0.get(scope.request_of.index()));
        own.map_or(&[], |scope| &scope.on_request)
    }

    pub(crate) fn on_response(&self, scope: ScopeId) -> &[Box<dyn AnyHandler>] {
        let own = self.0.get(scope.index()).and_then(|scope| self.0.get(scope.response_of.index()));
        own.map_or(&[], |scope| &scope.on_response)
    }

    /// Whether no middleware runs for the handlers of a scope.
    pub(crate) fn has_no_middleware(&self, scope: ScopeId) -> bool {
        self.0.get(scope.index()).is_none_or(|scope| scope.has_no_middleware)
    }

    /// Whether no scope has middleware.
    pub(crate) fn have_no_middleware(&self) -> bool {
        self.0.iter().all(|scope| scope.has_no_middleware)
    }

    /// Whether any scope has `on_response` middleware.
    pub(crate) fn any_on_response(&self) -> bool {
        self.0.iter().any(|scope| !scope.on_response.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use tremolo_core::routing::RouteTable;

    use super::*;
    use crate::handler::erase;

    #[test]
    fn a_scope_has_its_own_middleware_or_that_of_the_nearest_above() {
        let draft = |request: usize, response: usize| {
            let mut draft = ScopeDraft::default();
            (0..request).for_each(|_| draft.on_request.add(0, erase(async || ())));
            (0..response).for_each(|_| draft.on_response.add(0, erase(async || ())));
            draft
        };
        let mut table = RouteTable::default();
        for prefix in ["/a", "/a/b", "/a/b/c"] {
            let mut inner = RouteTable::default();
            inner.add("/", ()).unwrap();
            table.mount(prefix, inner).unwrap();
        }
        let router = table.compile().unwrap();
        let scopes = Scopes::new(&router, vec![draft(1, 2), draft(3, 0), draft(0, 0), draft(0, 4)]);
        let counts = |scope| {
            let of = |chain: &[_]| chain.len();
            (
                of(scopes.on_request(scope)),
                of(scopes.on_response(scope)),
                scopes.has_no_middleware(scope),
            )
        };
        let counts: Vec<_> = router.scopes().map(counts).collect();
        assert_eq!(counts, [(1, 2, false), (3, 2, false), (3, 2, false), (3, 4, false)]);
        assert!(scopes.any_on_response() && !scopes.have_no_middleware());
        let has_no_middleware = Scopes::new(&router, Vec::new());
        assert!(
            has_no_middleware.have_no_middleware()
                && router.scopes().all(|scope| has_no_middleware.has_no_middleware(scope))
        );
    }
}
