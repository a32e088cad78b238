//! Limits of a multipart body that is read in steps.

/// Limits of [`Request::files_with`](crate::Request::files_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileLimits {
    /// Parts of the body, fields and files alike. Default 1 024. More is answered with 413.
    pub max_files: usize,
    /// Bytes of one step, and so of what is held in memory. Default 104 857 600 (100 MiB). A
    /// larger part comes in several steps.
    pub max_file_size: usize,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self { max_files: 1_024, max_file_size: 100 << 20 }
    }
}
