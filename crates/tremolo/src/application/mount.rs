//! Mounting below a prefix. An application that is mounted becomes part of the other one.

use std::panic::Location;

use super::Application;
use crate::error::{Error, Result};
use crate::mount::{Mount, Mounted, What};
use crate::route_entry::RouteEntry;

impl Application {
    /// Serves everything at and below a prefix with the files of a folder
    /// ([`StaticFiles`](crate::StaticFiles)), another service
    /// ([`TowerService`](crate::TowerService)) or another application. A prefix that does not
    /// begin with a slash, has a query or is longer than 255 bytes is an error when the
    /// application starts, which names the line of this call.
    ///
    /// Of a prefix and another one below it the longer one wins. Routes win over both, wherever
    /// they are registered.
    ///
    /// An application becomes part of this one:
    ///
    /// - Its routes are registered now, as the latest ones. Its paths begin behind the
    ///   prefix, which has no parameters itself.
    /// - Its middleware runs for requests at and below the prefix, inside the middleware of this
    ///   application, unless it is [`isolated`](Self::isolated). All that is mounted at one prefix
    ///   shares its middleware: an application at `/` adds to that of this one.
    /// - Its hooks and addresses are added to those of this application. Its state is added where
    ///   this application has no value of that type: state is shared.
    /// - Its error pages and its configuration are not used.
    ///
    /// ```
    /// use tremolo::{Application, HttpError};
    ///
    /// let admin = Application::new()
    ///     .on_request(async || Err::<(), _>(HttpError::unauthorized()))
    ///     .route("/users", async || "all of them");
    ///
    /// # let _ =
    /// Application::new()
    ///     .route("/", async || "public")
    ///     .mount("/admin", admin) // /admin/users
    /// # ;
    /// ```
    #[track_caller]
    pub fn mount(mut self, prefix: &str, what: impl Mount) -> Self {
        let at = Location::caller();
        let mounted = what.into_mounted().and_then(|Mounted(what)| {
            let mounted = match what {
                What::Handler(handler) => {
                    self.draft.entries.push(RouteEntry::mount(prefix, at));
                    self.draft.routes.add_prefix(prefix, handler)
                }
                What::Application(other) => self.draft.absorb(prefix, *other),
            };
            mounted.map_err(|reason| Error::Route { reason, at: Some(at) })
        });
        if let Err(error) = mounted {
            self.draft.fault.get_or_insert(error);
        }
        self
    }
}

/// See [`Application::mount`].
impl Mount for Application {
    fn into_mounted(self) -> Result<Mounted> {
        Ok(Mounted(What::Application(Box::new(self.draft))))
    }
}
