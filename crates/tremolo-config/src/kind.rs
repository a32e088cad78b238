//! What an option may be, and where it may be set.

/// What the values of an option are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number from `least` to `most`.
    Number {
        /// What is counted.
        unit: Unit,
        /// The lowest value.
        least: u64,
        /// The highest value.
        most: u64,
    },
    /// A duration up to a hundred years; as a number, seconds.
    Time,
    /// Printable ASCII.
    Text,
    /// Printable ASCII: a list with commas.
    List,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Addresses, networks, and `unix`, in a list with commas.
    Networks,
}

/// What the number of an option counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// KiB: 1 024 bytes.
    Kibibytes,
    /// Bytes per second.
    BytesPerSecond,
    /// The permission bits of a file, written in octal.
    Mode,
}

/// Where an option may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For the whole server.
    Server,
    /// For the whole server, and differently for one of its listeners.
    Listener,
    /// For the whole server, in the Rust front. Python's `run` has a spelling of its own, or refuses
    /// the option.
    RustServer,
    /// For the whole program, in the Python front: its workers are processes. The Rust front refuses
    /// a value other than the default.
    PythonServer,
}
