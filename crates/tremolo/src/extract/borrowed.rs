//! A message of the compiler for an argument that is a reference.

use super::{Call, FromCall};
use crate::error::HttpError;

/// Implemented for no type: what an argument `&T` lacks.
#[diagnostic::on_unimplemented(
    message = "`&{Self}` is not an argument of handlers: write the type without `&`, and `String` \
               instead of `&str`",
    label = "borrows an argument"
)]
pub trait Borrowed {
    /// Would make the reference.
    fn of_call<'a>(call: &mut Call) -> &'a Self
    where
        Self: 'a;
}

#[doc(hidden)]
impl<T: ?Sized + Borrowed> FromCall for &T {
    async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
        Ok(T::of_call(call))
    }
}
