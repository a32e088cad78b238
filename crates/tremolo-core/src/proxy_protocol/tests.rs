//! PROXY protocol headers of both versions: complete, incomplete and invalid.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

fn addresses(source: &str, destination: &str) -> Option<ProxiedAddresses> {
    let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
    Some(ProxiedAddresses { source, destination })
}

/// A header of version 2 with `block` after the length field.
fn v2(command: u8, family: u8, block: &[u8]) -> Vec<u8> {
    let length = u16::try_from(block.len()).unwrap().to_be_bytes();
    [V2_SIGNATURE, &[command, family], &length, block].concat()
}

/// Every proper prefix of the header is incomplete, and the bytes after the header are ignored.
#[track_caller]
fn assert_header(header: &[u8], addresses: Option<ProxiedAddresses>) {
    let whole = Ok(Some(ProxyHeader { consumed: header.len(), addresses }));
    for end in 0..header.len() {
        assert_eq!(parse(&header[..end]), Ok(None), "{}", header[..end].escape_ascii());
    }
    assert_eq!(parse(header), whole);
    assert_eq!(parse(&[header, REQUEST].concat()), whole);
    assert_eq!(parse(&[header, header].concat()), whole);
}

#[test]
fn reads_lines() {
    let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff0";
    let long = format!("PROXY TCP6 {longest} {longest} 65535 65535\r\n");
    for (line, source, destination) in [
        ("PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n", "203.0.113.7:56324", "192.0.2.1:443"),
        ("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0", "255.255.255.255:65535"),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "[2001:db8::1]:1", "[::1]:2"),
        (&long, &format!("[{longest}]:65535"), &format!("[{longest}]:65535")),
    ] {
        assert_header(line.as_bytes(), addresses(source, destination));
    }
}

#[test]
fn unknown_lines_have_no_addresses() {
    assert_header(b"PROXY UNKNOWN\r\n", None);
    assert_header(b"PROXY UNKNOWN whatever \xff follows\r\n", None);
    let longest = format!("PROXY UNKNOWN {}\r\n", "f".repeat(MAX_V1_LENGTH - 16));
    assert_eq!(longest.len(), MAX_V1_LENGTH);
    assert_header(longest.as_bytes(), None);
}

#[test]
fn refuses_invalid_lines() {
    for line in [
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n",
        "PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1.1\t2.2.2.2 1 2\r\n",
        "PROXY TCP4 1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY TCP4 ::1 ::2 1 2\r\n",
        "PROXY TCP4 1.1.1.1 ::2 1 2\r\n",
        "PROXY TCP6 ::1 2.2.2.2 1 2\r\n",
        "PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 00 2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 -2\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n\r\n",
        "PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rX",
    ] {
        assert_eq!(parse(line.as_bytes()), Err(ProxyError::InvalidLine), "{line:?}");
    }
}

#[test]
fn a_line_has_a_maximum_length() {
    let endless = format!("PROXY UNKNOWN {}", "f".repeat(MAX_V1_LENGTH));
    assert_eq!(parse(&endless.as_bytes()[..MAX_V1_LENGTH - 1]), Ok(None));
    assert_eq!(parse(&endless.as_bytes()[..MAX_V1_LENGTH]), Err(ProxyError::InvalidLine));
    let late = format!("PROXY UNKNOWN {}\r\n", "f".repeat(MAX_V1_LENGTH - 15));
    assert_eq!(late.len(), MAX_V1_LENGTH + 1);
    assert_eq!(parse(late.as_bytes()), Err(ProxyError::InvalidLine));
}

#[test]
fn refuses_a_wrong_signature_at_once() {
    for input in
        ["G", "GET / HTTP/1.1\r\n", "PX", "PROXY\t", "PROXYTCP4", "proxy ", "\r\n\r\nX", " "]
    {
        assert_eq!(parse(input.as_bytes()), Err(ProxyError::InvalidSignature), "{input:?}");
    }
}

#[test]
fn parses_binary_headers() {
    let v4 = [203, 0, 113, 7, 192, 0, 2, 1, 0xdc, 0x04, 0x01, 0xbb];
    let mut v6 = [0; 36];
    (v6[15], v6[31], v6[33], v6[35]) = (1, 2, 3, 4);
    let extended = [&v4[..], &[0x04, 0, 2, 0, 0]].concat();
    for (family, block, source, destination) in [
        (0x11, &v4[..], "203.0.113.7:56324", "192.0.2.1:443"),
        (0x12, &v4, "203.0.113.7:56324", "192.0.2.1:443"),
        (0x11, &extended, "203.0.113.7:56324", "192.0.2.1:443"),
        (0x21, &v6, "[::1]:3", "[::2]:4"),
        (0x22, &v6, "[::1]:3", "[::2]:4"),
    ] {
        assert_header(&v2(0x21, family, block), addresses(source, destination));
    }
}

#[test]
fn local_unspecified_and_unix_headers_have_no_addresses() {
    assert_header(&v2(0x20, 0x00, &[]), None);
    assert_header(&v2(0x20, 0x11, &[1, 2, 3]), None);
    assert_header(&v2(0x20, 0xff, &[]), None);
    assert_header(&v2(0x21, 0x00, &[]), None);
    assert_header(&v2(0x21, 0x00, &[7; 40]), None);
    assert_header(&v2(0x21, 0x31, &[b'/'; 216]), None);
    assert_header(&v2(0x21, 0x32, &[0; 300]), None);
}

#[test]
fn refuses_invalid_binary_headers() {
    for (command, family, length) in [
        (0x11, 0x11, 12),
        (0x31, 0x11, 12),
        (0x22, 0x11, 12),
        (0x2f, 0x00, 0),
        (0x21, 0x11, 11),
        (0x21, 0x12, 0),
        (0x21, 0x21, 35),
        (0x21, 0x31, 215),
        (0x21, 0x10, 12),
        (0x21, 0x01, 12),
        (0x21, 0x13, 12),
        (0x21, 0x41, 216),
    ] {
        let header = v2(command, family, &vec![1; length]);
        assert_eq!(
            parse(&header),
            Err(ProxyError::InvalidHeader),
            "{command:x} {family:x} {length}"
        );
    }
}

#[test]
fn a_binary_header_has_a_maximum_length() {
    let longest = v2(0x21, 0x00, &[0; MAX_V2_LENGTH - 16]);
    assert_eq!(parse(&longest).unwrap().unwrap().consumed, MAX_V2_LENGTH);
    let longer = v2(0x21, 0x00, &[0; MAX_V2_LENGTH - 15]);
    assert_eq!(parse(&longer[..16]), Err(ProxyError::HeaderTooLong));
}

proptest! {
    /// If a prefix of the input has a result other than "incomplete", the whole input has it too.
    #[test]
    fn more_input_does_not_change_a_result(
        v1: bool,
        mut tail in vec(any::<u8>(), 0..200),
        version in 0_u8..4,
    ) {
        if let Some(first) = tail.first_mut().filter(|_| !v1) {
            *first = 0x20 | version;
        }
        let input = [if v1 { V1_SIGNATURE } else { V2_SIGNATURE }, &tail].concat();
        let whole = parse(&input);
        for end in 0..input.len() {
            let part = parse(&input[..end]);
            prop_assert!(part == Ok(None) || part == whole);
        }
        if let Ok(Some(header)) = whole {
            prop_assert!(header.consumed <= input.len());
        }
    }

    #[test]
    fn parses_every_address(a: [u8; 16], b: [u8; 16], source: u16, destination: u16) {
        let (source, destination) =
            (SocketAddr::new(a.into(), source), SocketAddr::new(b.into(), destination));
        let expected = Some(ProxiedAddresses { source, destination });
        let (s, d) = (source.port().to_be_bytes(), destination.port().to_be_bytes());
        let binary = v2(0x21, 0x21, &[&a[..], &b, &s, &d].concat());
        prop_assert_eq!(parse(&binary).unwrap().unwrap().addresses, expected);
        let (from, to) = (source.ip(), destination.ip());
        let line = format!("PROXY TCP6 {from} {to} {} {}\r\n", source.port(), destination.port());
        prop_assert_eq!(parse(line.as_bytes()).unwrap().unwrap().addresses, expected);
    }
}
