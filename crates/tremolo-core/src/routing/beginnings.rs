//! What belongs to the beginnings of a text. The keys are the application's own: nobody can make
//! them collide, and a text is hashed only up to where a key may end.

use std::collections::{BTreeMap, HashMap};

use rustc_hash::FxBuildHasher;

use super::byte_set::ByteSet;

/// Values by beginnings.
#[derive(Clone, Debug)]
pub(super) struct Beginnings<V> {
    /// What belongs to all texts. It is not asked for by hash because an empty box points nowhere,
    /// and a `memcmp` of no bytes from there takes 75 ns where it loads them under a mask (AVX-512).
    all: Option<V>,
    values: Table<V>,
    /// Where keys end, in their order, and with which bytes.
    ends: Box<[(usize, ByteSet)]>,
}

pub(super) type Table<V> = HashMap<Box<[u8]>, V, FxBuildHasher>;

impl<V> Beginnings<V> {
    pub(super) fn new(mut values: Table<V>) -> Self {
        let all = values.remove(&[][..]);
        let mut ends: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        for (last, before) in values.keys().filter_map(|key| key.split_last()) {
            ends.entry(before.len()).or_default().push(*last);
        }
        let ends = ends.into_iter().map(|(at, lasts)| (at, ByteSet::of(lasts.into_iter())));
        Self { all, values, ends: ends.collect() }
    }

    /// What belongs to the beginnings of a text, shortest first, each with the rest of the text.
    pub(super) fn of<'v, 't>(&'v self, text: &'t [u8]) -> impl Iterator<Item = (&'t [u8], &'v V)> {
        self.followed_by(text, |_| true)
    }

    /// The same, but a beginning ends before a slash, or is all of the text, or empty.
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
            let (beginning, rest) = is_end.then(|| text.split_at_checked(at + 1))??;
            Some((rest, may_follow(rest).then(|| self.values.get(beginning))??))
        });
        self.all.iter().map(move |all| (text, all)).chain(longer)
    }
}
