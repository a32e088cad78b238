//! What can serve everything at and below a prefix.

use crate::application::Application;
use crate::error::Result;
use crate::handler::AnyHandler;

/// Something that serves all paths at and below a prefix:
/// [`StaticFiles`](crate::StaticFiles), [`TowerService`](crate::TowerService), an
/// [`Application`], or a type of yours that is made of one.
///
/// ```
/// use tremolo::{Application, Mount, Mounted, StaticFiles};
///
/// struct Assets {
///     folder: String,
/// }
///
/// impl Mount for Assets {
///     fn into_mounted(self) -> tremolo::Result<Mounted> {
///         StaticFiles::new(self.folder).cache_control("max-age=3600").into_mounted()
///     }
/// }
///
/// # let _ =
/// Application::new().mount("/assets", Assets { folder: "public".to_owned() })
/// # ;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be mounted",
    label = "serves no prefix",
    note = "what is mounted is `StaticFiles`, an `Application`, or \
            `TowerService::new(service)` for a `tower` service (an axum `Router`, say) that is `Clone + Send + Sync`"
)]
pub trait Mount {
    /// Makes what the application keeps.
    ///
    /// # Errors
    ///
    /// What keeps the server from starting: a folder that cannot be opened.
    fn into_mounted(self) -> Result<Mounted>;
}

/// What is mounted, as the application keeps it.
#[derive(Debug)]
pub struct Mounted(pub(crate) What);

#[derive(Debug)]
pub(crate) enum What {
    Handler(Box<dyn AnyHandler>),
    Application(Box<Application>),
}

impl Mounted {
    pub(crate) fn new(handler: Box<dyn AnyHandler>) -> Self {
        Self(What::Handler(handler))
    }
}
