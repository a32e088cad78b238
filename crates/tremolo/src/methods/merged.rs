//! Two tables of methods for one path, merged.

use std::future::ready;
use std::sync::Arc;

use tremolo_core::routing::MethodTable;

use crate::error::HttpError;
use crate::extract::Call;
use crate::next::{AnyHandler, HandlerFuture, SharedHandler};
use crate::reply::Reply;

/// Merges the earlier handler of a path with a later one. A handler that is no table of methods is
/// replaced.
pub(crate) fn merged(earlier: SharedHandler, later: SharedHandler) -> SharedHandler {
    let (Some(before), Some(now)) = (earlier.methods(), later.methods()) else { return later };
    let mut table = before.map(|()| Which::Earlier);
    table.merge(now.map(|()| Which::Later));
    Arc::new(Merged { table, earlier, later })
}

/// Which of two handlers serves a method.
#[derive(Debug)]
struct Merged {
    table: MethodTable<Which>,
    earlier: SharedHandler,
    later: SharedHandler,
}

#[derive(Clone, Copy, Debug)]
enum Which {
    Earlier,
    Later,
}

impl Merged {
    fn handler(&self, which: Which) -> &dyn AnyHandler {
        match which {
            Which::Earlier => &*self.earlier,
            Which::Later => &*self.later,
        }
    }
}

impl AnyHandler for Merged {
    fn call(&self, call: Call) -> HandlerFuture<'_> {
        match self.table.choose(call.head().method()) {
            Ok(which) => self.handler(*which).call(call),
            Err(refused) => {
                Box::pin(ready(HttpError::method_not_allowed(refused.allow).into_answer()))
            }
        }
    }

    fn prepare(&self, call: &mut Call) {
        if let Ok(which) = self.table.choose(call.head().method()) {
            self.handler(*which).prepare(call);
        }
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        Some(self.table.map(|_| ()))
    }
}
