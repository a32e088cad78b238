//! Scopes: which middleware runs for what. A scope has its own, else its parent's; the first one
//! is the application itself, the others are what is mounted in it.

use tremolo_core::routing::{Router, ScopeId};

use crate::handler::AnyHandler;

/// Things with a priority: lower ones come first on the way in and last on the way out; among
/// equals the order is that of registration, or its reverse.
#[derive(Debug)]
pub(crate) struct Ordered<T>(Vec<(i32, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    pub(crate) fn add(&mut self, priority: i32, item: T) {
        let place = self.0.partition_point(|(other, _)| *other <= priority);
        self.0.insert(place, (priority, item));
    }

    /// Adds those of another list, each as if it were given now.
    pub(crate) fn add_all(&mut self, others: Self) {
        others.0.into_iter().for_each(|(priority, item)| self.add(priority, item));
    }

    pub(crate) fn way_in(self) -> Box<[T]> {
        self.0.into_iter().map(|(_, item)| item).collect()
    }

    pub(crate) fn way_out(self) -> Box<[T]> {
        self.0.into_iter().rev().map(|(_, item)| item).collect()
    }
}

/// The middleware of one kind, in the order in which it runs.
pub(crate) type Chain = Box<[Box<dyn AnyHandler>]>;

/// A scope while the application is put together.
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
    /// Whether nothing runs before or after its handlers.
    plain: bool,
}

impl Scopes {
    /// Resolves the parents: the drafts are those of the router's scopes, in their order.
    pub(crate) fn new<T>(router: &Router<T>, drafts: Vec<ScopeDraft>) -> Self {
        let finish = |draft: ScopeDraft| (draft.on_request.way_in(), draft.on_response.way_out());
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
            plain: false,
        };
        let mut scopes = Self(near.into_iter().zip(chains).map(scope).collect());
        for scope in router.scopes() {
            let plain = scopes.on_request(scope).is_empty() && scopes.on_response(scope).is_empty();
            if let Some(scope) = scopes.0.get_mut(scope.index()) {
                scope.plain = plain;
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

    /// Whether nothing runs before or after the handlers of a scope.
    pub(crate) fn is_plain(&self, scope: ScopeId) -> bool {
        self.0.get(scope.index()).is_none_or(|scope| scope.plain)
    }

    /// Whether that holds for all of them.
    pub(crate) fn are_plain(&self) -> bool {
        self.0.iter().all(|scope| scope.plain)
    }

    /// Whether any scope has something to do before a head goes out.
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
    fn lower_priorities_come_first_in_and_last_out() {
        let ordered = || {
            let mut ordered = Ordered::default();
            for (priority, name) in [(999, "c"), (1, "a"), (999, "d"), (-5, "0"), (1, "b")] {
                ordered.add(priority, name);
            }
            ordered
        };
        assert_eq!(*ordered().way_in(), ["0", "a", "b", "c", "d"]);
        assert_eq!(*ordered().way_out(), ["d", "c", "b", "a", "0"]);
    }

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
            (of(scopes.on_request(scope)), of(scopes.on_response(scope)), scopes.is_plain(scope))
        };
        let counts: Vec<_> = router.scopes().map(counts).collect();
        assert_eq!(counts, [(1, 2, false), (3, 2, false), (3, 2, false), (3, 4, false)]);
        assert!(scopes.any_on_response() && !scopes.are_plain());
        let plain = Scopes::new(&router, Vec::new());
        assert!(plain.are_plain() && router.scopes().all(|scope| plain.is_plain(scope)));
    }
}
