//! The rules that decide how a request is read: what makes a request faulty, and what a valid one has
//! that servers are known to read differently.

/// A rule, or a part of a request that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// A line that ends with LF alone.
    BareLf,
    /// A CR that no LF follows.
    BareCr,
    /// A NUL in the head.
    Nul,
    /// Empty lines before the request line.
    EmptyLines,
    /// More of them than a server has to skip.
    ManyEmptyLines,
    /// A request line that has not three parts with one space between them.
    RequestLine,
    /// A method that is not a token.
    Method,
    /// A method that is not registered.
    OtherMethod,
    /// Controls, white space or `#` in the target.
    TargetByte,
    /// Bytes in the target that no URI has, and that change nothing.
    OddTarget,
    /// A `%` in the target without two hexadecimal digits, or `%00`.
    Percent,
    /// A path that leads above its root.
    AboveRoot,
    /// A target that has none of the four forms, or one of another method.
    TargetForm,
    /// A target with scheme and authority.
    AbsoluteForm,
    /// `OPTIONS *`.
    Asterisk,
    /// CONNECT.
    Connect,
    /// A version that is not `HTTP/` and two digits.
    Version,
    /// Another major version.
    OtherMajor,
    /// A minor version above 1.
    HigherMinor,
    /// HTTP/1.0.
    Old,
    /// HTTP/1.0 with `Connection: keep-alive`.
    OldPersistent,
    /// A field line that begins with white space.
    Fold,
    /// White space before the colon.
    SpaceBeforeColon,
    /// A field line without a colon.
    NoColon,
    /// A field name that is not a token.
    FieldName,
    /// Controls in a value.
    FieldValue,
    /// A tab before or behind a value.
    Tab,
    /// Bytes above 127 in a value.
    ObsText,
    /// No `Host` in HTTP/1.1.
    MissingHost,
    /// Two `Host`.
    RepeatedHost,
    /// A `Host` that is neither empty nor a host and perhaps a port.
    InvalidHost,
    /// A `Host` that is a name by the grammar, and by that of domain names none.
    OddHost,
    /// An empty `Host`.
    EmptyHost,
    /// Two `Content-Type` with different values.
    ContentTypes,
    /// A `Content-Length` that is not a number that fits.
    Length,
    /// Different lengths.
    Lengths,
    /// The same length more than once.
    RepeatedLength,
    /// A length with zeros before it.
    LengthZeros,
    /// Both `Content-Length` and `Transfer-Encoding`.
    LengthAndCoding,
    /// `Transfer-Encoding` in HTTP/1.0.
    OldCoding,
    /// A coding without `chunked` at its end, or `chunked` twice.
    CodingNotFinal,
    /// An empty member in the list of codings, or an empty list.
    EmptyCoding,
    /// Another coding before `chunked`.
    OtherCoding,
    /// A body over the limit.
    LargeBody,
    /// A body of a request whose method does not define one.
    BodyOfGet,
    /// An expectation other than `100-continue`.
    OtherExpectation,
    /// `Expect: 100-continue`, or without a value.
    Expectation,
    /// `Upgrade` with its option, to a protocol that is not offered.
    Upgrade,
    /// An option of `Connection` that contains another one.
    LikeOption,
    /// `Proxy-Connection`, which no RFC defines.
    ProxyConnection,
    /// `Connection: close`.
    Close,
    /// A chunk size that is not hexadecimal digits.
    ChunkSize,
    /// White space around a chunk size.
    ChunkSpace,
    /// More digits than 64 bits need.
    ChunkDigits,
    /// A chunk size with zeros before it.
    ChunkZeros,
    /// A chunk extension.
    Extension,
    /// A chunk extension that the grammar does not have.
    BadExtension,
    /// A line of the chunked coding that ends with LF or CR alone.
    ChunkLine,
    /// A chunk that is not followed by CRLF.
    ChunkEnd,
    /// Trailer fields.
    Trailer,
    /// A line of the trailer section that is not a field.
    BadTrailer,
    /// A request line over the limit.
    LongTarget,
    /// A head over the limit.
    LongHead,
    /// More fields than the limit.
    ManyFields,
    /// A request behind another one, in the same write.
    Pipelined,
    /// A request whose end is missing.
    Unfinished,
}
