//! What every front does the same way with files: open them without being led astray, read and
//! send them without blocking the loop, and find the one that a URL means.
//!
//! The fronts know this crate and not each other. It knows the file system, media types and
//! content codings; it knows no runtime and no thread, no socket but one to send to, and neither
//! conditional requests nor ranges, which are the engine's.
//!
//! # Cold and warm
//!
//! A loop must not wait for a disk. So what might wait comes in two variants. The one whose name
//! says `cached` or `now` answers from the caches of the system or says that it cannot
//! ([`OpenError::WouldBlock`], `None`); the other one may block and is for a thread. A warm file is
//! found, opened and sent without a thread; a cold one costs one hop per window.

#![forbid(unsafe_code)]

mod cork;
mod folder;
mod open;
mod path;
mod read;
mod root;
mod served;
mod system;
mod types;

pub use cork::Cork;
pub use folder::{Folder, FolderError, FolderOptions, Found, FoundFile, Lookup};
pub use open::{OpenError, OpenFile};
pub use path::SafePath;
pub use read::{WINDOW, is_about_the_file, write_more};
pub use root::{Root, RootOptions};
pub use served::ServedFile;
pub use types::{ContentType, Types};
