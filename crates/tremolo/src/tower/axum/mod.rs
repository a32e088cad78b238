//! What axum's own server gives to its handlers: `ConnectInfo`, `OriginalUri`, and connections that
//! can be upgraded (feature `axum`).

mod pipe;
mod upgrade;

use std::net::SocketAddr;

use ::axum::extract::{ConnectInfo, OriginalUri};
use http::{Extensions, Uri};

pub(crate) use self::upgrade::Upgrade;

/// Adds the values of axum to the extensions of a request.
pub(super) fn extend(extensions: &mut Extensions, original: &Uri, client: Option<SocketAddr>) {
    extensions.insert(OriginalUri(original.clone()));
    if let Some(client) = client {
        extensions.insert(ConnectInfo(client));
    }
}
