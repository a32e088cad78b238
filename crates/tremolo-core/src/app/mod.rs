//! What an application adds around its handlers, as pure policy: the order of middleware and hooks,
//! the scopes of mounted applications, the rule that `on_response` runs before a head, and which
//! page answers an error.
//!
//! It is generic over what a middleware is, and calls none: the fronts do.

mod head_hooks;
mod ordered;
mod pages;
mod scopes;

pub use head_hooks::{Begin, HeadHooks, Pass, Writer};
pub use ordered::{Ordered, PRIORITY};
pub use pages::{OtherPage, PAGE_STATUSES};
pub use scopes::{Inherit, Rules, ScopeDraft, ScopeDrafts, Scopes, WayOut};
