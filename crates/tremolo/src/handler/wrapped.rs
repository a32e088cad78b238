//! A handler with middleware of its own is a handler.

use std::sync::Arc;

use tremolo_core::routing::MethodTable;

use super::{Handler, erase};
use crate::extract::Call;
use crate::marker;
use crate::next::{AnyHandler, HandlerFuture, SharedHandler, Step, Steps, run};
use crate::reply::Answer;
use crate::requirements::Requirements;

/// A handler with middleware of its own: made by [`Handler::around`] and
/// its siblings.
#[derive(Debug)]
pub struct Wrapped {
    pub(super) chain: Chain,
    pub(super) requirements: Requirements,
}

/// Middleware, and the handler that it is around.
#[derive(Debug)]
pub(crate) struct Chain {
    steps: Steps,
    end: SharedHandler,
}

impl Chain {
    pub(crate) fn new(steps: Steps, end: SharedHandler) -> Self {
        Self { steps, end }
    }
}

impl Wrapped {
    pub(super) fn new<M: 'static>(handler: impl Handler<M>, step: Step) -> Self {
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        Self { chain: Chain::new(Arc::new([step]), erase(handler)), requirements }
    }

    /// The same; the requirements of the middleware are checked as well.
    pub(super) fn requiring(mut self, of_middleware: &Requirements) -> Self {
        self.requirements.add(of_middleware);
        self
    }
}

impl AnyHandler for Chain {
    fn call(&self, mut call: Call) -> HandlerFuture<'_> {
        Box::pin(async move {
            // The middleware sees the options of the handler.
            self.end.prepare(&mut call);
            run(&self.steps, 0, Ok(&self.end), call).await
        })
    }

    fn prepare(&self, call: &mut Call) {
        self.end.prepare(call);
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        self.end.methods()
    }
}

#[diagnostic::do_not_recommend]
impl Handler<marker::WithMiddleware> for Wrapped {
    async fn call(&self, call: Call) -> Answer {
        self.chain.call(call).await
    }

    fn start<'a>(&'a self, call: Call) -> HandlerFuture<'a>
    where
        marker::WithMiddleware: 'a,
    {
        self.chain.call(call)
    }

    fn prepare(&self, call: &mut Call) {
        self.chain.prepare(call);
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        self.chain.methods()
    }

    fn requires(&self, requirements: &mut Requirements) {
        requirements.add(&self.requirements);
    }
}
