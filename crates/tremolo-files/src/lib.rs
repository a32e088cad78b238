//! File operations of all fronts: opening files safely, reading and sending them without blocking
//! the event loop, and finding the file of a URL.
//!
//! The fronts depend on this crate, not on each other. It handles the file system, media types and
//! content codings. It uses no async runtime and starts no thread. Conditional requests and ranges
//! are the engine's.
//!
//! # Calls that block and calls that do not
//!
//! An event loop must not wait for a disk, so each operation that may block has two variants. A
//! name with `cached` or `now` means: uses only the caches of the system, and returns
//! [`OpenError::WouldBlock`] or `None` if they are not enough. The other variant may block: call it
//! on a thread. A cached file is found, opened and sent without a thread. Other files need one
//! thread call per window ([`WINDOW`]).

#![forbid(unsafe_code)]

mod cork;
mod file_head;
mod folder;
mod open;
mod path;
mod read;
#[cfg(feature = "media-types")]
mod registry;
#[cfg(not(feature = "media-types"))]
#[path = "no_registry.rs"]
mod registry;
mod root;
mod sender;
mod served;
mod system;
mod types;

pub use cork::Cork;
pub use file_head::FileHead;
pub use folder::{Folder, FolderAnswer, FolderError, FolderOptions, Found, FoundFile, Lookup};
pub use open::{OpenError, OpenFile};
pub use path::SafePath;
pub use read::WINDOW;
pub use root::{Root, RootOptions};
pub use sender::{Fetch, FileSender, FileStep};
pub use served::ServedFile;
pub use types::{ContentType, Types};
