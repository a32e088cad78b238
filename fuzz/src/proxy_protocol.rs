//! PROXY protocol headers: if a prefix has a result, the whole input has the same (HAProxy,
//! `doc/proxy-protocol.txt`).

use tremolo_core::proxy_protocol::{MAX_V1_LENGTH, MAX_V2_LENGTH, parse};

/// The input, parsed at every length.
pub fn proxy_protocol(data: &[u8]) {
    let data = &data[..data.len().min(MAX_V2_LENGTH + 32)];
    let whole = parse(data);
    let most = if data.first() == Some(&b'P') { MAX_V1_LENGTH } else { MAX_V2_LENGTH + 16 };
    if whole == Ok(None) {
        assert!(data.len() < most, "waits for ever");
    }
    // All lengths of the decisive part, and some lengths of a long rest.
    for end in (0..data.len()).filter(|end| *end < 300 || end % 61 == 0) {
        let part = parse(&data[..end]);
        match whole {
            Ok(Some(header)) if end < header.consumed => assert_eq!(part, Ok(None), "at {end}"),
            Ok(Some(header)) => assert_eq!(part, Ok(Some(header)), "at {end}"),
            Ok(None) => assert_eq!(part, Ok(None), "at {end}"),
            Err(fault) => assert!(part == Ok(None) || part == Err(fault), "at {end}: {part:?}"),
        }
    }
    if let Ok(Some(header)) = whole {
        assert!(0 < header.consumed && header.consumed <= data.len().min(most));
    }
}
