//! The configuration of a Tremolo server, as one table.
//!
//! `table.rs` names each option once, with its type, default, unit, bounds, reason and scope. From
//! it come the struct [`Config`] with `Default` and [`Config::validate`], the list [`OPTIONS`] that
//! the fronts read (keywords of Python, options of one listener), and `docs/configuration.md`.
//! Each option can be set in code, in the environment and in a TOML file, in this order of weight:
//! [`Config::from_env`], [`Config::from_file`]. This crate knows no socket and no HTTP.
//!
//! ```
//! use tremolo_config::Config;
//!
//! let mut config = Config::default();
//! config.set_text("client_max_body_size", "10MiB")?;
//! config.set_text("keepalive_timeout", "500ms")?;
//! assert_eq!(config.client_max_body_size, 10 << 20);
//!
//! let error = config.set_text("keepalive_timout", "15s").unwrap_err();
//! assert_eq!(error.to_string(), "keepalive_timout: unknown; did you mean keepalive_timeout?");
//! # Ok::<(), tremolo_config::ConfigError>(())
//! ```

#![forbid(unsafe_code)]

mod choices;
mod environment;
mod error;
#[cfg(feature = "config-file")]
mod file;
#[cfg(not(feature = "config-file"))]
#[path = "no_file.rs"]
mod file;
mod kind;
mod load;
mod load_error;
mod names;
mod option;
mod proxies;
mod rows;
mod setting;
mod table;
mod text;
mod validation;
mod value;

pub use self::choices::{AccessLog, HalfClose, LogFormat, LogLevel};
pub use self::environment::{CONFIG_VARIABLE, from_variables};
pub use self::error::{ConfigError, Reason};
#[cfg(feature = "config-file")]
pub use self::file::{MAX_FILE_SIZE, from_toml};
pub use self::kind::{Kind, Scope, Unit};
pub use self::load::{file_settings, settings};
pub use self::load_error::{LoadError, Source};
pub use self::names::{find, nearest, nearest_of};
pub use self::option::ConfigOption;
pub use self::proxies::{InvalidNetwork, TrustedProxies};
pub use self::setting::Setting;
pub use self::table::{Config, OPTIONS};
pub use self::value::Value;
