//! Request heads: the request line, the fields, and what follows from them (RFC 9112 sections 2–6).
