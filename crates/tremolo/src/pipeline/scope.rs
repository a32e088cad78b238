//! Scopes: which middleware runs for what. A scope has its own, else its parent's; the first one
//! is the application itself, the others are what is mounted in it.

use crate::handler::AnyHandler;

/// The place of a scope in the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ScopeId(usize);

impl ScopeId {
    /// The application itself.
    pub(crate) const ROOT: Self = Self(0);
}

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
    /// Where it is mounted; the application itself is nowhere.
    pub(crate) parent: Option<ScopeId>,
    pub(crate) on_request: Ordered<Box<dyn AnyHandler>>,
    pub(crate) on_response: Ordered<Box<dyn AnyHandler>>,
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
    /// Resolves the parents; each comes before its children.
    pub(crate) fn new(drafts: Vec<ScopeDraft>) -> Self {
        let mut scopes: Vec<Scope> = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts.into_iter().enumerate() {
            let own = ScopeId(index);
            let parent = draft.parent.and_then(|parent| scopes.get(parent.0));
            let (request_of, response_of) =
                parent.map_or((own, own), |parent| (parent.request_of, parent.response_of));
            let (on_request, on_response) =
                (draft.on_request.way_in(), draft.on_response.way_out());
            scopes.push(Scope {
                request_of: if on_request.is_empty() { request_of } else { own },
                response_of: if on_response.is_empty() { response_of } else { own },
                on_request,
                on_response,
                plain: false,
            });
        }
        let mut scopes = Self(scopes.into());
        for index in 0..scopes.0.len() {
            let id = ScopeId(index);
            scopes.0[index].plain =
                scopes.on_request(id).is_empty() && scopes.on_response(id).is_empty();
        }
        scopes
    }

    pub(crate) fn on_request(&self, scope: ScopeId) -> &[Box<dyn AnyHandler>] {
        let own = self.0.get(scope.0).and_then(|scope| self.0.get(scope.request_of.0));
        own.map_or(&[], |scope| &scope.on_request)
    }

    pub(crate) fn on_response(&self, scope: ScopeId) -> &[Box<dyn AnyHandler>] {
        let own = self.0.get(scope.0).and_then(|scope| self.0.get(scope.response_of.0));
        own.map_or(&[], |scope| &scope.on_response)
    }

    /// Whether nothing runs before or after the handlers of a scope.
    pub(crate) fn is_plain(&self, scope: ScopeId) -> bool {
        self.0.get(scope.0).is_none_or(|scope| scope.plain)
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
        let draft = |parent: Option<usize>, request: usize, response: usize| {
            let mut draft = ScopeDraft { parent: parent.map(ScopeId), ..ScopeDraft::default() };
            (0..request).for_each(|_| draft.on_request.add(0, erase(async || ())));
            (0..response).for_each(|_| draft.on_response.add(0, erase(async || ())));
            draft
        };
        let scopes = Scopes::new(vec![
            draft(None, 1, 2),
            draft(Some(0), 3, 0),
            draft(Some(1), 0, 0),
            draft(Some(2), 0, 4),
            draft(None, 0, 0),
        ]);
        let counts = |index| {
            let of = |chain: &[_]| chain.len();
            let scope = ScopeId(index);
            (of(scopes.on_request(scope)), of(scopes.on_response(scope)), scopes.is_plain(scope))
        };
        let expected = [
            (1, 2, false),
            (3, 2, false),
            (3, 2, false),
            (3, 4, false),
            (0, 0, true),
            (0, 0, true),
        ];
        for (index, expected) in expected.into_iter().enumerate() {
            assert_eq!(counts(index), expected, "{index}");
        }
        assert!(scopes.any_on_response());
    }
}
