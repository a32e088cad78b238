//! What the parts of a request are replaced by: valid spellings that are rare, and faulty ones that
//! servers are known to accept.

type List = &'static [&'static [u8]];

pub(super) const LINE_ENDS: List = &[
    b"\n", b"\r", b"\r\r\n", b"\n\r", b"\n\n", b" \r\n", b"\t\r\n", b"\r\n ", b"\r\n\t", b"", b"\0\r\n",
    b"\x0b\r\n", b"\x85", b"\r\n", b"\r \n",
];

pub(super) const METHODS: List = &[
    b"get", b"Get", b"POST", b"HEAD", b"QUERY", b"PROPFIND", b"X", b"X-Y_Z", b"!#$%", b"GE T", b"G(T",
    b"", b"GET\0", b"CONNECT", b"PRI", b"M-SEARCH", b"\x16\x03\x01", b"OPTIONS", b"G\xc3\xa9T",
];

pub(super) const SPACES: List =
    &[b"  ", b"\t", b"", b" \t", b"\x0b", b"\x0c", b"\xa0", b"\r", b"\n", b"\r\n ", b"\0"];

pub(super) const TARGETS: List = &[
    b"*", b"", b"a", b"a:80", b"//", b"//a/b", b"/..", b"/a b", b"/a\tb", b"/#a", b"/a#", b"?a", b"/\0",
    b"/\x7f", b"/\xff", b"/\xc3\xa9", b"/%zz", b"/%", b"/%00", b"/\"<>^`{|}", b"/\\", b"http://a",
    b"http://a/", b"HTTP://a/b?c", b"https://a:1/", b"http://a?b", b"http:///", b"http://", b"http:/a",
    b"http://u@a/", b"http://a b/", b"http://[::1]/", b"http://[::1", b"http://a:b/", b"ftp://a/",
    b"ws://a/", b"http://other/", b"/;a", b"/a?b?c", b"\\a", b".", b"/\r", b"mailto:a", b"urn:a:b",
];

pub(super) const VERSIONS: List = &[
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/3.0", b"HTTP/1.10",
    b"HTTP/01.1", b"HTTP/1", b"HTTP/1.", b"HTTP/.1", b"HTTP/11", b"http/1.1", b"Http/1.1", b"HTPT/1.1",
    b"HTTP 1.1", b"HTTP/1,1", b"HTTP/+1.1", b"HTTP/1.1 ", b"HTTP/1.1\t", b"HTTP/1.1x", b"HTTPS/1.1", b"",
    b"HTTP/1.\xb9", b"x HTTP/1.1", b"ICE/1.0", b"RTSP/1.0",
];

pub(super) const NAMES: List = &[
    b"", b" X", b"X ", b"X\t", b"X Y", b"X(Y)", b"X@Y", b"X\0", b"X\xff", b"X\x7f", b"X_Y", b"X.Y", b"!",
    b"\"X\"", b"X,Y", b"X/Y", b"[X]", b"Host", b"host", b"HOST", b"Content-Length ", b"Content_Length",
    b"Transfer-Encoding ", b"Transfer_Encoding", b"Transfer-Encoding\x0b", b"\x0bTransfer-Encoding",
    b"Content-Length\0", b"Content-Length\r", b"Connection", b"1", b"X:", b"X\\",
];

pub(super) const SEPARATORS: List = &[
    b":", b":  ", b":\t", b" : ", b"\t:", b"", b" ", b"::", b":\r\n ", b":\n ", b": \r", b":\0", b":\x0b",
    b"=", b": \xa0",
];

pub(super) const VALUES: List = &[
    b"", b" ", b"a b", b"a\tb", b"a\0b", b"\0", b"a\rb", b"a\nb", b"a\x01b", b"a\x7fb", b"a\xffb",
    b"\xc3\xa9", b"\x80", b"\"a", b"a,b", b",", b"a\r\n b", b"a\r\n\tb", b"a\r\nb", b"a/b", b"a@b", b"[::1]",
    b"[::1", b"a:b", b"a:80", b"a:", b":80", b"a:80:80", b"*", b"a\x1b[0m", b"%41", b"a%", b"a_b", b"a..b",
];

/// Values of both `Content-Length` and `Transfer-Encoding`.
pub(super) const CODINGS: List = &[
    b"0", b"1", b"3", b"10", b"010", b"+3", b"-1", b"0x3", b"3.0", b"3 3", b"3,3", b"3, 4", b"3;", b"", b" ",
    b",", b"3,", b",3", b"1e1", b"\x0b3", b"3\x0b", b"18446744073709551616", b"9223372036854775808",
    b"99999999999", b"2097153", b"000000000000000000000000000003", b"\xb3", b"3\xa0", b"chunked",
    b"Chunked", b"CHUNKED", b"chunked ", b"\tchunked", b"chunked,", b",chunked", b"chunked, chunked",
    b"chunked,identity", b"identity", b"identity, chunked", b"gzip, chunked", b"gzip", b"chunked, gzip",
    b"xchunked", b"chunkedx", b"chunked;q=1", b"chunked; a", b"\"chunked\"", b"chun ked", b"\x0bchunked",
    b"chunked\x0b", b"chunked\0", b"x", b"deflate, chunked", b"trailers", b"chunked\r\n ", b"\r\n chunked",
];

pub(super) const FIELDS: &[(&[u8], &[u8])] = &[
    (b"Host", b"a"),
    (b"Host", b"b"),
    (b"Host", b""),
    (b"host", b"a"),
    (b"Content-Length", b"0"),
    (b"Content-Length", b"5"),
    (b"Content-Length", b"5000"),
    (b"content-length", b"3"),
    (b"Content-Length", b"abc"),
    (b"Transfer-Encoding", b"chunked"),
    (b"Transfer-Encoding", b"identity"),
    (b"Transfer-Encoding", b"gzip"),
    (b"Transfer-Encoding", b""),
    (b"transfer-encoding", b"Chunked"),
    (b"Connection", b"close"),
    (b"Connection", b"keep-alive"),
    (b"Connection", b"keep-alive, close"),
    (b"Connection", b"Close"),
    (b"Connection", b",close,"),
    (b"Connection", b"closed"),
    (b"Connection", b"\"close\""),
    (b"Connection", b"close;a"),
    (b"Connection", b"Content-Length"),
    (b"Connection", b"Transfer-Encoding"),
    (b"Connection", b"upgrade"),
    (b"Proxy-Connection", b"close"),
    (b"Keep-Alive", b"timeout=0"),
    (b"Upgrade", b"h2c"),
    (b"Expect", b"100-continue"),
    (b"Expect", b"100-Continue"),
    (b"Expect", b"100"),
    (b"Expect", b"x"),
    (b"Expect", b""),
    (b"Expect", b"100-continue, x"),
    (b"Trailer", b"X"),
    (b"TE", b"trailers"),
    (b"Content-Encoding", b"gzip"),
    (b"Content-Type", b"a/b"),
    (b"Content-Type", b"c/d"),
    (b"Content_Length", b"3"),
    (b"X-Method-Override", b"PUT"),
    (b"Range", b"bytes=0-0"),
    (b"If-Match", b"\"a\""),
    (b"Max-Forwards", b"0"),
];

/// `N` is the size that the chunk has.
pub(super) const SIZES: &[&str] = &[
    "0N", "000N", "0000000000000000N", "00000000000000000000000N", "0xN", "+N", "-N", " N", "\tN", "N ",
    "N\t", "N \t ", "", "x", "N.0", "N,", "Ng", "N_0", "ffffffffffffffff", "10000000000000000", "7fffffff",
    "NN", "200001", "\0N", "N\0", "'N'", "\u{a0}N", "0", "1", "N\u{b}",
];

pub(super) const EXTENSIONS: List = &[
    b";", b";a", b";a=b", b";a=\"b\"", b";a=\"b;c\"", b";a=\"\r\n\"", b";a=\"\n\"", b"; a = b", b" ;a",
    b"\t;a=b", b";a=", b";=b", b";a=b;c;d=\"e\"", b";a=\"b", b";a=\"\\\"\"", b";a=b c", b";a b", b";\xff",
    b";a=\x01", b";a=\0", b";a\n", b";a\r", b"; ", b";a;", b";a=\"b\"c", b",a",
];

pub(super) const AFTER_CHUNK: List =
    &[b"\n", b"\r", b"", b"\r\r\n", b"\n\r", b" \r\n", b"x\r\n", b"\r\n\r\n", b"\r\nx", b"ab", b"\rX"];

pub(super) const TRAILERS: List = &[
    b"X: y\r\n", b"X: y\r\nZ:\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Host: b\r\n", b"X: y\n", b"X : y\r\n", b" X: y\r\n", b"X\r\n", b": y\r\n", b"X: y\r\n z\r\n",
    b"X: \0\r\n", b"X(Y): z\r\n", b"X: y\r\r\n", b"\n", b"\r", b"GET / HTTP/1.1\r\n", b"X: \xff\r\n",
    b"Connection: close\r\n", b"X: \x01\r\n",
];

pub(super) const BYTES: &[u8] = b"\0\t\n\x0b\x0c\r\x1b !\"#(),/0:;<=>?@A[\\]^_{}~\x7f\x80\xa0\xff";
