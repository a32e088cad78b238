//! Fuzz targets of the engine: functions of bytes that panic when a promise is broken.
//!
//! Each takes arbitrary bytes, and most read a script from them: limits, cuts, calls. They know the
//! engine's public surface only, and judge it by naive decoders of their own (`reference`). A
//! fuzzer finds the bytes (`cargo xtask fuzz`); the ones worth keeping are in `corpus/` and are
//! replayed by `cargo test`.

mod chunked;
mod connection_ops;
mod cookie;
mod driver;
mod file;
mod forwarded;
mod head;
mod multipart;
mod proxy_protocol;
mod query;
mod reference;
mod reply_roundtrip;
mod representation;
mod script;
mod split_equivalence;

pub use chunked::chunked;
pub use connection_ops::connection_ops;
pub use cookie::cookie;
pub use forwarded::forwarded;
pub use head::head;
pub use multipart::multipart;
pub use proxy_protocol::proxy_protocol;
pub use query::query;
pub use reply_roundtrip::reply_roundtrip;
pub use representation::representation;
pub use split_equivalence::split_equivalence;

/// A target and its name, which is also that of its corpus and of its libFuzzer binary.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("chunked", chunked),
    ("connection_ops", connection_ops),
    ("cookie", cookie),
    ("forwarded", forwarded),
    ("head", head),
    ("multipart", multipart),
    ("proxy_protocol", proxy_protocol),
    ("query", query),
    ("reply_roundtrip", reply_roundtrip),
    ("representation", representation),
    ("split_equivalence", split_equivalence),
];
