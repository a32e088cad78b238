//! Files: `response.sendfile` and folders. The crate `tremolo-files` opens files; the engine
//! decides which part of a file a request gets.

mod folder;
mod send;

pub use self::folder::StaticFiles;
pub use self::send::SendFile;
