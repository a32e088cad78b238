//! An application while it is put together: what it takes, before anything of it is checked.

use std::fmt;
use std::panic::Location;

use tremolo_core::app::{ScopeDraft, ScopeDrafts};
use tremolo_core::routing::{RouteError, RouteTable};

use crate::error::Error;
use crate::extensions::TypeMap;
use crate::handler::{Handler, erase};
use crate::hooks::HookDrafts;
use crate::listen::Listen;
use crate::methods::merged;
use crate::next::{SharedHandler, Step};
use crate::requirements::Requirements;
use crate::route_entry::RouteEntry;

/// What an application was given, except its pages and its configuration: those of a mounted
/// application are not used.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) routes: RouteTable<SharedHandler>,
    /// The routes as they were registered.
    pub(crate) entries: Vec<RouteEntry>,
    /// The first route that cannot be used: the error of the start.
    pub(crate) fault: Option<Error>,
    pub(crate) scopes: ScopeDrafts<Step>,
    pub(crate) hooks: HookDrafts,
    pub(crate) state: TypeMap,
    pub(crate) registered: Vec<Registered>,
    pub(crate) listen: Vec<Listen>,
}

/// What a handler needs, which one it is, and the line that added it.
pub(crate) struct Registered {
    pub(crate) what: String,
    pub(crate) at: &'static Location<'static>,
    pub(crate) requirements: Requirements,
}

impl Draft {
    /// The scope of the application itself.
    pub(crate) fn root(&mut self) -> &mut ScopeDraft<Step> {
        self.scopes.root()
    }

    /// Records the requirements of a handler, and erases its type.
    #[track_caller]
    pub(crate) fn checked<M: 'static>(
        &mut self,
        what: fmt::Arguments<'_>,
        handler: impl Handler<M>,
    ) -> SharedHandler {
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        requirements.without_next();
        self.register(what, requirements);
        erase(handler)
    }

    /// Records the requirements of middleware around handlers, and erases its type.
    #[track_caller]
    pub(crate) fn checked_around<M: 'static>(&mut self, middleware: impl Handler<M>) -> Step {
        let mut requirements = Requirements::default();
        middleware.requires(&mut requirements);
        requirements.with_next();
        self.register(format_args!("around"), requirements);
        Step::around(erase(middleware))
    }

    #[track_caller]
    fn register(&mut self, what: fmt::Arguments<'_>, requirements: Requirements) {
        let (what, at) = (what.to_string(), Location::caller());
        self.registered.push(Registered { what, at, requirements });
    }

    /// Adds a route and returns the number of its parameters. Tables of methods for one path are
    /// merged. `place` is the line of the program that adds it.
    pub(crate) fn add_route(
        &mut self,
        path: &str,
        handler: SharedHandler,
        place: &str,
    ) -> Result<usize, RouteError> {
        let Some(methods) = handler.methods() else {
            return self.routes.add_at(path, handler, place);
        };
        let Some(earlier) = self.routes.take(path) else {
            return self.routes.add_at(path, handler, place);
        };
        let own = earlier.target.methods();
        if let Some(twice) = earlier.check_merge(own.as_ref(), &methods, place)? {
            self.routes.note_overridden(twice);
        }
        let places = earlier.places(place);
        self.routes.add_at(path, merged(earlier.target, handler), &places)
    }

    /// Records a reason why the application cannot be served.
    #[track_caller]
    pub(crate) fn add_flaw(&mut self, what: &str, why: String) {
        let (mut requirements, at) = (Requirements::default(), Location::caller());
        requirements.flaw(why);
        self.registered.push(Registered { what: what.to_owned(), at, requirements });
    }

    /// Takes everything of an application that is mounted at a prefix.
    pub(crate) fn absorb(&mut self, prefix: &str, other: Self) -> Result<(), RouteError> {
        let numbers = self.routes.mount(prefix, other.routes)?;
        self.scopes.mount(numbers, other.scopes);
        self.entries.extend(other.entries.into_iter().map(|entry| entry.below(prefix)));
        if let Some(fault) = other.fault {
            self.fault.get_or_insert(fault);
        }
        self.hooks.add_all(other.hooks);
        self.state.add_missing(other.state);
        self.listen.extend(other.listen);
        // Also those of its pages: a page that is not used may still be a mistake.
        self.registered.extend(other.registered);
        Ok(())
    }
}
