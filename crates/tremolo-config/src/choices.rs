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
    /// One JSON object a line.
    Json,
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
    const ALL: &'static [Self] = &[Self::Off, Self::Text, Self::Json];
    const WORDS: &'static [&'static str] = &["off", "text", "json"];
}
