//! A handler whose responses are compressed, or are not, whatever the configuration says.

use super::Handler;
use crate::extract::Call;
use crate::reply::Answer;

/// A handler with its own answer to `compression`: see [`Handler::with_compression`].
#[derive(Clone, Copy, Debug)]
pub struct Compression<H> {
    pub(super) handler: H,
    pub(super) compress: bool,
}

/// Marks the implementations for handlers with their own answer to `compression`.
#[derive(Debug)]
pub struct Compressing;

#[diagnostic::do_not_recommend]
impl<M, H: Handler<M>> Handler<(Compressing, M)> for Compression<H> {
    async fn call(&self, call: Call) -> Answer {
        call.set_compression(self.compress);
        self.handler.call(call).await
    }
}
