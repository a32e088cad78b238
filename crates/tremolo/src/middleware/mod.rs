//! Middleware that is ready to use. It is made of what every program can use: `on_request`,
//! `on_response`, and the context of the request.

mod cors;
mod rate_limit;
mod request_id;

pub use self::cors::Cors;
pub use self::rate_limit::RateLimit;
pub use self::request_id::RequestIds;
