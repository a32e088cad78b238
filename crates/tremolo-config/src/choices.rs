//! Options that are one of a few words.

/// How much is logged: each level has those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Failures.
    Error,
    /// Failures, and what an operator should look at.
    Warn,
    /// Also what an operator wants to know.
    Info,
    /// Also what a developer wants to know.
    Debug,
    /// Everything.
    Trace,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Whether and how exchanges are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessLog {
    /// They are not.
    Off,
    /// The combined log format, followed by the duration.
    Text,
    /// The combined log format of Apache.
    Combined,
    /// One JSON object a line.
    Json,
}

/// What the end of a client's sending half (a FIN) behind a complete request means.
///
/// A program such as `nc` closes its sending half and still waits for the response. A browser that
/// leaves closes its socket. Both look the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HalfClose {
    /// The client counts as gone after `half_close_grace`, unless the handler has begun to write.
    #[default]
    Grace,
    /// The client waits for its response, however long that takes.
    Allow,
    /// The client counts as gone at once, even while it is being answered. One that closes in the
    /// middle of its request still has `half_close_grace` for the response that reports it.
    Close,
}

/// A type whose values have names.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    const ALL: &'static [Self];
    /// The names, in the order of [`Choice::ALL`].
    const WORDS: &'static [&'static str];
}

impl Choice for LogLevel {
    const ALL: &'static [Self] =
        &[Self::Off, Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];
    const WORDS: &'static [&'static str] = &["off", "error", "warn", "info", "debug", "trace"];
}

impl Choice for LogFormat {
    const ALL: &'static [Self] = &[Self::Text, Self::Json];
    const WORDS: &'static [&'static str] = &["text", "json"];
}

impl Choice for AccessLog {
    const ALL: &'static [Self] = &[Self::Off, Self::Text, Self::Combined, Self::Json];
    const WORDS: &'static [&'static str] = &["off", "text", "combined", "json"];
}

impl Choice for HalfClose {
    const ALL: &'static [Self] = &[Self::Grace, Self::Allow, Self::Close];
    const WORDS: &'static [&'static str] = &["grace", "allow", "close"];
}
