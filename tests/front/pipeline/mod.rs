//! The processing of a request by an application: middleware, error pages, hooks, methods, options,
//! state. The tests record all events in order and compare the whole list.

mod around;
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

/// The recorded events, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace(Arc<Mutex<Vec<String>>>);

impl Trace {
    pub(crate) fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    /// The events since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    /// A middleware that records that it ran.
    pub(crate) fn noting(
        &self,
        what: &'static str,
    ) -> impl AsyncFn() + Send + Sync + 'static + use<> {
        let trace = self.clone();
        async move || trace.note(what)
    }
}
