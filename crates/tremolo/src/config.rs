//! What belongs to [`Config`](crate::Config): the types of its options, and its errors.

pub use tremolo_core::config::Value;
pub use tremolo_core::forwarded::{InvalidNetwork, TrustedProxies};
pub use tremolo_core::{
    AccessLog, ConfigError, HalfClose, LoadError, LogFormat, LogLevel, MemoryState, memory_bound,
};
