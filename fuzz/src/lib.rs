//! Fuzz targets: functions of bytes that panic if an invariant does not hold.
//!
//! Each takes arbitrary bytes; most read a script from them: limits, cuts, calls. The targets use
//! only public APIs (the engine, the shared crates, `TowerService`, the reactor), and compare the
//! results with naive decoders in `reference`, or with third-party decoders of content codings. A
//! fuzzer finds the bytes (`cargo xtask fuzz`). Saved inputs are in `corpus/`, and `cargo test`
//! replays them.

mod chunked;
mod compression;
mod configuration;
mod connection_ops;
mod content;
mod cookie;
mod driver;
mod event_stream;
mod file;
mod folder;
mod form;
mod forwarded;
mod head;
mod multipart;
mod negotiation;
mod paths;
mod proxy_protocol;
mod query;
mod reactor;
mod reference;
mod reply_roundtrip;
mod representation;
mod routing;
mod script;
mod split_equivalence;
mod tls;
mod tower;
mod websocket;
mod websocket_ops;

pub use chunked::chunked;
pub use compression::compression;
pub use configuration::configuration;
pub use connection_ops::connection_ops;
pub use content::content;
pub use cookie::cookie;
pub use event_stream::event_stream;
pub use folder::folder;
pub use form::form;
pub use forwarded::forwarded;
pub use head::head;
pub use multipart::multipart;
pub use negotiation::negotiation;
pub use paths::paths;
pub use proxy_protocol::proxy_protocol;
pub use query::query;
pub use reactor::reactor;
pub use reply_roundtrip::reply_roundtrip;
pub use representation::representation;
pub use routing::routing;
pub use split_equivalence::split_equivalence;
pub use tls::tls;
pub use tower::tower;
pub use websocket::websocket;
pub use websocket_ops::websocket_ops;

/// A target and its name, which is also the name of its corpus and of its libFuzzer binary.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("chunked", chunked),
    ("compression", compression),
    ("configuration", configuration),
    ("connection_ops", connection_ops),
    ("content", content),
    ("cookie", cookie),
    ("event_stream", event_stream),
    ("folder", folder),
    ("form", form),
    ("forwarded", forwarded),
    ("head", head),
    ("multipart", multipart),
    ("negotiation", negotiation),
    ("paths", paths),
    ("proxy_protocol", proxy_protocol),
    ("query", query),
    ("reactor", reactor),
    ("reply_roundtrip", reply_roundtrip),
    ("representation", representation),
    ("routing", routing),
    ("split_equivalence", split_equivalence),
    ("tls", tls),
    ("tower", tower),
    ("websocket", websocket),
    ("websocket_ops", websocket_ops),
];
