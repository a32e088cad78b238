//! Functions and closures as handlers.
//!
//! One implementation of [`Handler`] serves them all, and asks for three things of their own: the
//! shape of the function, its arguments, and its result. So the compiler names the one that is
//! missing, instead of the function as a whole.

use std::future::Future;

use super::Handler;
use crate::extract::{Call, FromCall};
use crate::reply::{Answer, Reply};
use crate::requirements::Requirements;

/// A function of up to eight arguments, the tuple `A`, which returns `R`. `K` is the marker of
/// async functions, or of others. A handler in general has the message of [`Handler`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a blocking handler: write a function or closure that is not async, of \
               at most eight extractors, and returns a reply",
    label = "not a blocking handler"
)]
pub trait Function<K, A, R> {
    /// Calls it.
    fn invoke(&self, arguments: A) -> impl Future<Output = R>;
}

/// What handlers must be because all workers share them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared by threads: write `Arc`, `Mutex` or an atomic instead of the \
               `Rc`, `RefCell` or `Cell` that it captures",
    label = "cannot be shared by threads"
)]
pub trait Shared: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shared for T {}

impl<F, K, A, R> Handler<(K, A, R)> for F
where
    F: Function<K, A, R> + Shared,
    A: FromCall,
    R: Reply,
{
    async fn call(&self, mut call: Call) -> Answer {
        let arguments = match A::from_call(&mut call).await {
            Ok(arguments) => arguments,
            Err(error) => return error.into_answer(),
        };
        drop(call);
        self.invoke(arguments).await.into_answer()
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
    }
}
