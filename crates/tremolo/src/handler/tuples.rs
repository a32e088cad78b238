//! The arity table: functions of none to eight arguments, and the tuples of their arguments.

use std::future::{Future, ready};

use super::function::Function;
use crate::blocking::{BlockingArgument, BlockingArguments};
use crate::error::HttpError;
use crate::extract::{Call, FromCall};
use crate::marker;
use crate::reply::Reply;
use crate::requirements::Requirements;

macro_rules! functions {
    ($(($($type:ident $value:ident)*))+) => {$(
        impl<F, R, $($type),*> Function<marker::Async, ($($type,)*), R> for F
        where
            F: AsyncFn($($type),*) -> R,
        {
            fn invoke(&self, ($($value,)*): ($($type,)*)) -> impl Future<Output = R> {
                self($($value),*)
            }
        }

        // An async function is also one that returns a future. A future is no reply, and that
        // keeps the two implementations apart.
        impl<F, R, $($type),*> Function<marker::NotAsync, ($($type,)*), R> for F
        where
            F: Fn($($type),*) -> R,
            R: Reply,
        {
            fn invoke(&self, ($($value,)*): ($($type,)*)) -> impl Future<Output = R> {
                ready(self($($value),*))
            }
        }

        impl<$($type: FromCall),*> FromCall for ($($type,)*) {
            async fn from_call(_call: &mut Call) -> Result<Self, HttpError> {
                Ok(($($type::from_call(_call).await?,)*))
            }

            fn is_absent(_call: &Call) -> bool {
                false $(|| $type::is_absent(_call))*
            }

            fn requires(_requirements: &mut Requirements) {
                $($type::requires(_requirements);)*
            }
        }

        impl<$($type: BlockingArgument),*> BlockingArguments for ($($type,)*) {
            async fn for_thread(_call: &mut Call) -> Result<Self, HttpError> {
                Ok(($($type::for_thread(_call).await?,)*))
            }

            fn requires(_requirements: &mut Requirements) {
                $($type::requires(_requirements);)*
            }
        }
    )+};
}

functions! {
    ()
    (A a)
    (A a B b)
    (A a B b C c)
    (A a B b C c D d)
    (A a B b C c D d E e)
    (A a B b C c D d E e G g)
    (A a B b C c D d E e G g H h)
    (A a B b C c D d E e G g H h I i)
}
