//! Values that serve all paths at and below a prefix.

use std::fmt;

use crate::draft::Draft;
use crate::error::Result;
use crate::next::SharedHandler;

/// Something that serves all paths at and below a prefix:
/// [`StaticFiles`](crate::StaticFiles), [`TowerService`](crate::TowerService), an
/// [`Application`](crate::Application), or a type of yours that is made of one.
///
/// ```
/// use tremolo::signatures::{Mount, Mounted};
/// use tremolo::{Application, StaticFiles};
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
    message = "`{Self}` cannot be mounted: write `TowerService::new(…)` around a `tower` service or an axum \
               `Router`, and `.route(…)` for a handler",
    label = "serves no prefix",
    note = "`StaticFiles` and another `Application` are mounted as they are; the service in a `TowerService` is \
            `Clone + Send + Sync`"
)]
pub trait Mount {
    /// Makes the value that the application keeps.
    ///
    /// # Errors
    ///
    /// An error of the start: a folder that cannot be opened.
    fn into_mounted(self) -> Result<Mounted>;
}

/// What is mounted, as the application keeps it.
pub struct Mounted(pub(crate) What);

pub(crate) enum What {
    Handler(SharedHandler),
    Application(Box<Draft>),
}

impl Mounted {
    pub(crate) fn new(handler: SharedHandler) -> Self {
        Self(What::Handler(handler))
    }
}

impl fmt::Debug for Mounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            What::Handler(handler) => write!(f, "Mounted({handler:?})"),
            What::Application(_) => f.write_str("Mounted(Application)"),
        }
    }
}
