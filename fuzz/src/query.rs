//! Query strings and forms: the limit of pairs holds, and each pair is parsed independently.

use tremolo_core::query::parse_pairs;

/// `[most][bytes]`: at most `most` pairs, equal to each pair parsed alone.
pub fn query(data: &[u8]) {
    let Some((most, input)) = data.split_first() else { return };
    let most = usize::from(*most);
    let alone: Vec<_> = input
        .split(|b| *b == b'&')
        .flat_map(|pair| parse_pairs(pair, 1).expect("one pair is not too many"))
        .collect();
    match parse_pairs(input, most) {
        Ok(pairs) => assert!(alone.iter().map(|(n, v)| (n.as_str(), v.as_str())).eq(pairs.iter())),
        Err(_) => assert!(alone.len() > most),
    }
    assert!(alone.len() <= input.iter().filter(|b| **b == b'&').count() + 1);
}
