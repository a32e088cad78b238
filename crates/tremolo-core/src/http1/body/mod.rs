//! Request bodies: none, counted, or chunked (RFC 9112 section 6 and 7).
