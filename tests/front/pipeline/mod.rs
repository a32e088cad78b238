//! The way of a request through an application: middleware, error pages, hooks, methods, options,
//! state. What happens, and in which order, is recorded and compared as a whole.

mod errors;
mod gate;
mod hooks;
mod methods;
mod middleware;
mod mistakes;
mod mounting;
mod options;
mod pages;
mod ready_made;
mod senders;
mod state;

use std::sync::{Arc, Mutex};

/// What has happened so far, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// What has happened since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// A middleware that notes that it ran.
    pub(crate) fn noting(
        &self,
        what: &'static str,
    ) -> impl AsyncFn() + Send + Sync + 'static + use<> {
        let trace = self.clone();
        async move || trace.note(what)
    }
}
