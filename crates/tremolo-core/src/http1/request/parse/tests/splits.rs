//! No input makes the parser panic, and no split changes what it returns.

use proptest::prelude::*;

use super::*;

proptest! {
    /// Arbitrary bytes, with enough HTTP in them to get somewhere.
    #[test]
    fn never_panics_and_does_not_depend_on_splits(
        pieces in prop::collection::vec(piece(), 0..24),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        limit in prop_oneof![Just(8192usize), 0..200usize],
    ) {
        let mut input = pieces.concat();
        input.extend_from_slice(b"\r\n\r\n");
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.sort_unstable();
        let config = Config { client_max_header_size: limit, ..Config::default() };
        let (found, head, rest) = parse_in_pieces(&input, &[], &config);
        let (other, other_head, other_rest) = parse_in_pieces(&input, &cuts, &config);
        // With more than one fault, another one may show first.
        prop_assert_eq!(other.ok(), found.ok());
        prop_assert_eq!(contents(&other_head), contents(&head));
        if found == Ok(true) {
            prop_assert_eq!(other_rest, rest);
        }
    }

    #[test]
    fn never_panics_on_noise(input in prop::collection::vec(any::<u8>(), 0..200)) {
        let (found, head, _) = parse_in_pieces(&input, &[], &Config::default());
        prop_assert!(found == Ok(true) || contents(&head) == contents(&RequestHead::default()));
    }

    #[test]
    fn a_good_head_is_read_as_it_was_written(
        path in "/[!-\"$->@-~]{0,20}",
        query in prop::option::of("[!-\"$-~]{0,10}"),
        fields in prop::collection::vec(("x[!#$%&'*+.^_`|~0-9A-Za-z-]{0,9}", "([!-~]([\t -~]{0,20}[!-~])?)?"), 0..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let url = query.as_ref().map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut input = format!("GET {url} HTTP/1.1\r\nHost: a\r\n");
        for (name, value) in &fields {
            input.push_str(&format!("{name}:\t {value} \r\n"));
        }
        input.push_str("\r\n");
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.sort_unstable();
        let (found, head, _) = parse_in_pieces(input.as_bytes(), &cuts, &Config::default());
        prop_assert_eq!(found, Ok(true));
        prop_assert_eq!(head.url(), url.as_bytes());
        prop_assert_eq!(head.path(), path.as_bytes());
        prop_assert_eq!(head.query(), query.as_ref().map(String::as_bytes));
        let written = fields.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
        prop_assert!(head.fields().iter().skip(1).eq(written));
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known: Vec<&[u8]> = vec![
        b"GET / HTTP/1.1\r\n",
        b"POST http://a?b HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.0\r\n",
        b"\r\n",
        b"Host: a\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\r",
        b"\n",
        b"Connection: close, upgrade\r\n",
        b"Upgrade: websocket\r\n",
        b"Expect: 100-continue\r\n",
        b"a: b\n",
        b"a:",
        b"\0",
        b" ",
        b": ",
        b"\r\n\r\n",
        b"x: y\r\n",
        b"GET",
        b"HTTP/2.0\r\n",
    ];
    prop_oneof![
        8 => prop::sample::select(known).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}
