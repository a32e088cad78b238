//! A handler with a limit of its own for the bodies that it reads.

use super::Handler;
use crate::extract::Call;
use crate::reply::Answer;

/// A handler that takes larger, or only smaller, bodies: see [`Handler::with_body_limit`].
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit<H> {
    pub(super) handler: H,
    pub(super) bytes: u64,
}

/// Marks the implementations for handlers with a body limit.
#[derive(Debug)]
pub struct Limited;

#[diagnostic::do_not_recommend]
impl<M, H: Handler<M>> Handler<(Limited, M)> for BodyLimit<H> {
    async fn call(&self, call: Call) -> Answer {
        // Before the extractors: they may read the body.
        call.set_body_limit(self.bytes);
        self.handler.call(call).await
    }
}
