//! Without the feature `axum` nothing is added to the extensions of a request, and no service can
//! switch protocols.

use std::net::SocketAddr;

use http::{Extensions, HeaderMap, Uri};

use crate::error::HttpError;
use crate::reply::Answer;
use crate::response::Response;
use crate::tower::TowerBody;

pub(super) fn extend(_: &mut Extensions, _: &Uri, _: Option<SocketAddr>) {}

/// A connection that a service may switch to another protocol: there is none.
pub(crate) enum Upgrade {}

impl Upgrade {
    pub(crate) async fn offer(_: &mut http::Request<TowerBody>) -> Option<Self> {
        None
    }

    pub(crate) async fn accept(self, _: &Response, _: &HeaderMap) -> Result<Answer, HttpError> {
        match self {}
    }
}
