//! Waiting for the end of an exchange or of a connection.

use std::future::poll_fn;
use std::task::{Context, Poll};

use tremolo_core::ConnectionRef;

use super::SharedConnection;

impl SharedConnection {
    /// Waits until `is_over` is true. It is called whenever the connection, or one of its
    /// exchanges, has ended.
    pub(crate) async fn watch(&self, is_over: impl Fn(ConnectionRef<'_>) -> bool) {
        let mut watch = Watch { shared: self, number: None };
        poll_fn(|cx| watch.poll(cx, &is_over)).await;
    }
}

struct Watch<'a> {
    shared: &'a SharedConnection,
    number: Option<u64>,
}

impl Watch<'_> {
    fn poll(&mut self, cx: &Context<'_>, is_over: impl Fn(ConnectionRef<'_>) -> bool) -> Poll<()> {
        let mut state = self.shared.lock();
        if is_over(state.connection.peek()) {
            state.notice();
            return Poll::Ready(());
        }
        state.watchers.add(&mut self.number, cx.waker());
        Poll::Pending
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.shared.lock().watchers.remove(number);
        }
    }
}
