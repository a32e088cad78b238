//! Forms and uploads: what [`Request::form`](crate::Request::form),
//! [`Request::files`](crate::Request::files) and [`Request::parts`](crate::Request::parts) give and
//! take.

pub use tremolo_core::form::{FileLimits, FormData, FormError, FormFile, FormLimits};
pub use tremolo_core::multipart::{MultipartError, PartHead};

pub use crate::request::{FileStep, Files, Part, PartStream, Parts};
