//! Routes that have middleware in common.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use tremolo_core::app::{Ordered, PRIORITY};

use crate::draft::Registered;
use crate::handler::{Chain, Handler, erase};
use crate::next::{SharedHandler, Step, Steps};
use crate::requirements::Requirements;
use crate::tower::TowerLayer;

/// Routes that have middleware in common, for [`Application::group`](crate::Application::group).
///
/// The middleware of a group runs inside that of the application, for all routes of the group, in
/// whatever order the lines stand; not for paths that have no route. What should also run before
/// the heads of responses, or for all paths below a prefix, belongs to an application that is
/// mounted ([`Application::mount`](crate::Application::mount)).
///
/// ```
/// use tremolo::{Application, Group, HttpError, Request};
///
/// async fn authenticate(request: Request) -> Result<(), HttpError> {
///     match request.header("X-Token") {
///         Some("secret") => Ok(()),
///         _ => Err(HttpError::unauthorized()),
///     }
/// }
///
/// let members = Group::new()
///     .on_request(authenticate)
///     .route("/profile", async || "yours")
///     .route("/inbox", async || "empty");
///
/// # let _ =
/// Application::new().route("/", async || "public").group(members)
/// # ;
/// ```
#[derive(Default)]
#[must_use = "a group does nothing until it is added to an application"]
pub struct Group {
    steps: Ordered<Step>,
    routes: Vec<GroupRoute>,
    /// What its middleware needs.
    registered: Vec<Registered>,
}

/// A route of a group.
pub(crate) struct GroupRoute {
    pub(crate) path: String,
    pub(crate) handler: SharedHandler,
    pub(crate) requirements: Requirements,
    pub(crate) at: &'static Location<'static>,
}

impl Group {
    /// A group without routes and middleware.
    pub fn new() -> Self {
        Self::default()
    }

    /// Serves a path with a handler: see [`Application::route`](crate::Application::route).
    #[track_caller]
    pub fn route<M: 'static>(mut self, path: &str, handler: impl Handler<M>) -> Self {
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        requirements.without_next();
        let (path, handler, at) = (path.to_owned(), erase(handler), Location::caller());
        self.routes.push(GroupRoute { path, handler, requirements, at });
        self
    }

    /// Runs a handler before the handlers of the group: see
    /// [`Application::on_request`](crate::Application::on_request).
    #[track_caller]
    pub fn on_request<M: 'static>(mut self, middleware: impl Handler<M>) -> Self {
        let mut requirements = Requirements::default();
        middleware.requires(&mut requirements);
        requirements.without_next();
        self.add("on_request", requirements, Step::before(erase(middleware)));
        self
    }

    /// Runs middleware around the handlers of the group: see
    /// [`Application::around`](crate::Application::around).
    #[track_caller]
    pub fn around<M: 'static>(mut self, middleware: impl Handler<M>) -> Self {
        let mut requirements = Requirements::default();
        middleware.requires(&mut requirements);
        requirements.with_next();
        self.add("around", requirements, Step::around(erase(middleware)));
        self
    }

    /// Puts a `tower` layer around the handlers of the group: see
    /// [`Application::layer`](crate::Application::layer).
    pub fn layer<B>(mut self, layer: impl TowerLayer<B>) -> Self {
        self.steps.add(PRIORITY, layer.into_step());
        self
    }

    /// Adds the routes of another group. Its middleware runs inside that of this one.
    pub fn group(mut self, other: Self) -> Self {
        let (routes, registered) = other.into_parts();
        self.routes.extend(routes);
        self.registered.extend(registered);
        self
    }

    #[track_caller]
    fn add(&mut self, what: &str, requirements: Requirements, step: Step) {
        let (what, at) = (what.to_owned(), Location::caller());
        self.registered.push(Registered { what, at, requirements });
        self.steps.add(PRIORITY, step);
    }

    /// The routes, with the middleware around them, and what the middleware needs.
    pub(crate) fn into_parts(self) -> (Vec<GroupRoute>, Vec<Registered>) {
        let steps: Steps = self.steps.in_order().into();
        let wrap = |route: GroupRoute| {
            let handler = Arc::new(Chain::new(Arc::clone(&steps), route.handler));
            GroupRoute { handler, ..route }
        };
        (self.routes.into_iter().map(wrap).collect(), self.registered)
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.routes.iter().map(|route| &route.path)).finish()
    }
}
