//! Traits and types that stand in signatures. Programs use them without their names, except to
//! implement one, or for a type of their own that contains one.

pub use crate::blocking::{BlockingArgument, BlockingArguments};
#[doc(hidden)]
pub use crate::extract::Borrowed;
pub use crate::extract::SharedState;
pub use crate::handler::{BlockingHandler, Function, Shared, With, Wrapped};
pub use crate::hooks::Hook;
pub use crate::listen::IntoListen;
pub use crate::mount::{Mount, Mounted};
#[doc(hidden)]
pub use crate::next::Step;
pub use crate::reply::{IntoHeaders, StreamPiece, StreamReply};
pub use crate::sse::{EventStream, StreamEvent};
pub use crate::status::Status;
