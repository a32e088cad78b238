//! Fields of requests and responses as the map of the crate `http`, and back.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::fields::Fields;
use super::response::FieldList;
use crate::error::Misuse;

/// The fields of a request; each was checked when its head was parsed.
///
/// ```
/// use bytes::BytesMut;
/// use http::HeaderMap;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
///
/// let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\n\r\n");
/// let mut head = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut head)?;
/// let map = HeaderMap::from(head.fields());
/// assert!(map.get_all("x-a").iter().eq(["1", "2"]));
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
impl From<Fields<'_>> for HeaderMap {
    fn from(fields: Fields<'_>) -> Self {
        collect(fields)
    }
}

/// The fields of a response; each was checked when it was set.
impl From<&FieldList> for HeaderMap {
    fn from(fields: &FieldList) -> Self {
        collect(fields)
    }
}

/// # Errors
///
/// A value with control characters that `http` allows and a head does not.
impl TryFrom<&HeaderMap> for FieldList {
    type Error = Misuse;

    fn try_from(map: &HeaderMap) -> Result<Self, Misuse> {
        let mut fields = Self::default();
        for (name, value) in map {
            fields.append(name.as_str().as_bytes(), value.as_bytes())?;
        }
        Ok(fields)
    }
}

/// What the map cannot hold is left out: it has room for all fields that a head may have.
fn collect<'a>(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            let _ = map.try_append(name, value);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_becomes_a_map_and_a_list_again() {
        let mut list = FieldList::default();
        for (name, value) in [("X-B", "1"), ("X-A", "2"), ("x-b", "\u{fc}")] {
            list.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        let map = HeaderMap::from(&list);
        let values: Vec<_> = map.get_all("x-b").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!((values, map.len()), (vec![&b"1"[..], "\u{fc}".as_bytes()], 3));
        let again = FieldList::try_from(&map).unwrap();
        assert_eq!(again.iter().count(), 3);
        assert_eq!(again.get(b"X-A"), Some(&b"2"[..]));
    }
}
