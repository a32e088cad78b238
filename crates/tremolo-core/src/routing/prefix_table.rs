//! A map from prefixes to values. A lookup returns the values of all prefixes of a text.
//!
//! The keys come from the application, so a peer cannot cause hash collisions. A lookup hashes only
//! as many bytes of the text as the longest key has, and only where a key may end.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxBuildHasher;

use super::byte_set::ByteSet;

/// Values by prefix.
#[derive(Clone, Debug)]
pub(super) struct PrefixTable<V> {
    /// The value of the empty prefix. It is not in `values`, because hash lookup of an empty key is
    /// slow: an empty box has a dangling pointer, and a `memcmp` of zero bytes from there takes 75 ns
    /// where `memcmp` uses masked loads (AVX-512).
    empty: Option<V>,
    values: Table<V>,
    /// The offset of the last byte of each key, in ascending order, and the bytes that stand there.
    ends: Box<[(usize, ByteSet)]>,
}

pub(super) type Table<V> = HashMap<Box<[u8]>, V, FxBuildHasher>;

impl<V> PrefixTable<V> {
    pub(super) fn new(mut values: Table<V>) -> Self {
        let empty = values.remove(&[][..]);
        let mut ends: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for (last, before) in values.keys().filter_map(|key| key.split_last()) {
            ends.entry(before.len()).or_default().push(*last);
        }
        let ends = ends.into_iter().map(|(at, lasts)| (at, ByteSet::of(lasts.into_iter())));
        Self { empty, values, ends: ends.collect() }
    }

    /// The values of all prefixes of a text, shortest prefix first, each with the rest of the text.
    pub(super) fn of<'v, 't>(&'v self, text: &'t [u8]) -> impl Iterator<Item = (&'t [u8], &'v V)> {
        self.followed_by(text, |_| true)
    }

    /// Like [`of`](Self::of), but a prefix must be empty, end before a slash, or be the whole path.
    pub(super) fn of_path<'v, 't>(
        &'v self,
        path: &'t [u8],
    ) -> impl Iterator<Item = (&'t [u8], &'v V)> {
        self.followed_by(path, |rest| matches!(rest, [] | [b'/', ..]))
    }

    fn followed_by<'v, 't>(
        &'v self,
        text: &'t [u8],
        may_follow: impl Fn(&[u8]) -> bool,
    ) -> impl Iterator<Item = (&'t [u8], &'v V)> {
        let longer = self.ends.iter().filter_map(move |(at, lasts)| {
            let is_end = lasts.contains(*text.get(*at)?);
            let (prefix, rest) = is_end.then(|| text.split_at_checked(at + 1))??;
            Some((rest, may_follow(rest).then(|| self.values.get(prefix))??))
        });
        self.empty.iter().map(move |value| (text, value)).chain(longer)
    }
}
