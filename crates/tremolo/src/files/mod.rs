//! Files: `response.sendfile` and folders. What a file is and how it is opened is the business of
//! `tremolo-files`, what of it is asked for that of the engine.

mod folder;
mod send;

pub use self::folder::StaticFiles;
pub use self::send::SendFile;
