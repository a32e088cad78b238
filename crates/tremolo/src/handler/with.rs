//! A handler with an option is a handler.

use std::sync::Arc;

use tokio::time::timeout;
use tremolo_core::routing::MethodTable;

use super::Handler;
use super::setting::{Setting, With};
use crate::error::HttpError;
use crate::extract::Call;
use crate::marker;
use crate::reply::{Answer, Reply};
use crate::requirements::Requirements;
use crate::spans::failure_span;

#[diagnostic::do_not_recommend]
impl<M, H: Handler<M>> Handler<(marker::WithOptions, M)> for With<H> {
    async fn call(&self, mut call: Call) -> Answer {
        self.setting.prepare(&mut call);
        // Before the extractors: they may read the body, or fail with a status of their own.
        if let Err(error) = self.setting.apply(&call) {
            return HttpError::from(error).into_answer();
        }
        let Setting::Timeout(time) = self.setting else { return self.handler.call(call).await };
        let (shared, id) = (Arc::clone(call.shared()), call.id());
        // This time holds in place of `app_handler_timeout`, also where it is longer.
        shared.set_handler_timeout(id, None);
        // Boxed, so that handlers without one do not carry its room.
        let (peer, head) = (call.peer(), Arc::clone(call.shared_head()));
        let answer = timeout(time, Box::pin(self.handler.call(call))).await;
        shared.set_handler_timeout(id, Some(shared.config().app_handler_timeout));
        answer.unwrap_or_else(|_| {
            failure_span(peer, &head).in_scope(|| tracing::warn!(?time, "a handler took too long"));
            HttpError::service_unavailable().into_answer()
        })
    }

    fn prepare(&self, call: &mut Call) {
        self.setting.prepare(call);
        self.handler.prepare(call);
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        self.handler.methods()
    }

    fn requires(&self, requirements: &mut Requirements) {
        if let Err(misuse) = self.setting.check() {
            requirements.flaw(format!("{:?}: {misuse}", self.setting));
        }
        self.handler.requires(requirements);
    }
}
