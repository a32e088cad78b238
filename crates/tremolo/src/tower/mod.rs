//! Services: any `tower_service::Service<http::Request<_>>` as a handler or below a prefix.
//!
//! The only module that uses `tower-service` and `http-body`. It translates heads and passes bodies
//! on, piece by piece; the engine decides what may be sent, and how.

mod body;
mod request;
mod response;
mod service;

pub use self::body::TowerBody;
pub use self::request::{ClientAddress, OriginalUri};
pub use self::service::TowerService;
