//! What the access log has of an exchange.

use crate::message::Key;

/// An exchange that is over, by the access log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Logged {
    pub(crate) key: Option<Key>,
    pub(crate) status: Option<u16>,
    pub(crate) is_cut: bool,
}
