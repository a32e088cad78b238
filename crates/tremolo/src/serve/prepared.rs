//! What a server serves: an application that was checked.

use std::sync::Arc;

use tremolo_core::Config;

use crate::extensions::TypeMap;
use crate::hooks::Hooks;
use crate::listen::Endpoint;
use crate::pipeline::Routes;

/// An application that was checked, as the server takes it.
pub(crate) struct Prepared {
    pub(crate) routes: Routes,
    pub(crate) hooks: Hooks,
    /// The values of [`Application::state`](crate::Application::state).
    pub(crate) state: Arc<TypeMap>,
    pub(crate) config: Config,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Mistakes that do not keep the server from starting.
    pub(crate) warnings: Vec<String>,
}
