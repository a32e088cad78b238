//! Limits of a form, and of a multipart body that is read in steps.

/// Limits of a multipart body that is read in steps.
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

/// Limits of a form that is read whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimits {
    /// Fields and files. Default 100. More is answered with 413.
    pub max_fields: usize,
    /// Bytes of the body. Default 8 388 608 (8 MiB). More is answered with 413.
    pub max_size: usize,
}

impl FormLimits {
    /// The limits of the steps in which a whole form is read: no part is longer than the body, so
    /// that each part is one step.
    #[must_use]
    pub fn of_steps(self) -> FileLimits {
        FileLimits { max_files: self.max_fields, max_file_size: self.max_size }
    }
}

impl Default for FormLimits {
    fn default() -> Self {
        Self { max_fields: 100, max_size: 8 << 20 }
    }
}
