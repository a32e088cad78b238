//! The errors of handles and extractors. A handler turns them into an
//! [`HttpError`](crate::HttpError) with `?`.

pub use tremolo_core::content::ContentError;
pub use tremolo_core::routing::RouteError;
pub use tremolo_core::{CloseReason, Error as ConnectionError, Misuse, PeerError};

pub use crate::error::LockTimeout;
pub use crate::extract::Rejection;
