//! The fields of a response, in the order and the spelling of the application.
//!
//! All names and values are in one buffer, which all responses of a connection reuse: setting a
//! field usually allocates nothing. Names and values are validated when they are set, so that the
//! encoder never writes bytes that could split a head (RFC 9110 sections 5.1 and 5.5).

use crate::error::Misuse;
use crate::http1::grammar::{is_field_value, is_token};

/// An ordered list of fields.
#[derive(Clone, Debug, Default)]
pub struct FieldList {
    text: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    name: u32,
    value: u32,
}

impl FieldList {
    /// Sets a field. The first field of that name gets the value, further ones are removed. A new
    /// name is added at the end.
    ///
    /// # Errors
    ///
    /// [`Misuse::InvalidFieldName`] if the name is not a token, [`Misuse::InvalidFieldValue`] if
    /// the value contains CR, LF, NUL or another control character.
    pub fn set(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misuse> {
        let added = self.store(name, value)?;
        let mut place = Some(added);
        let text = &self.text;
        self.spans.retain_mut(|span| {
            if !span.name_in(text).eq_ignore_ascii_case(name) {
                return true;
            }
            place.take().map(|added| *span = added).is_some()
        });
        self.spans.extend(place);
        Ok(())
    }

    /// Adds a field at the end, even if there is one of that name.
    ///
    /// # Errors
    ///
    /// Those of [`FieldList::set`].
    pub fn append(&mut self, name: &[u8], value: &[u8]) -> Result<(), Misuse> {
        let added = self.store(name, value)?;
        self.spans.push(added);
        Ok(())
    }

    /// Removes all fields with a name; returns whether there was one.
    pub fn remove(&mut self, name: &[u8]) -> bool {
        let (text, before) = (&self.text, self.spans.len());
        self.spans.retain(|span| !span.name_in(text).eq_ignore_ascii_case(name));
        self.spans.len() < before
    }

    /// The value of the first field with a name.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&[u8]> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Names and values, in order.
    #[must_use]
    pub fn iter(&self) -> FieldListIter<'_> {
        self.into_iter()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Removes all fields. Keeps the buffer for the next response unless the buffer is too large.
    pub fn clear(&mut self) {
        self.text.clear();
        self.spans.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.spans.shrink_to(KEPT_BYTES / size_of::<Span>());
    }

    fn store(&mut self, name: &[u8], value: &[u8]) -> Result<Span, Misuse> {
        if !is_token(name) {
            return Err(Misuse::InvalidFieldName);
        }
        if !is_field_value(value) {
            return Err(Misuse::InvalidFieldValue);
        }
        let size = |n: usize| u32::try_from(n).map_err(|_| Misuse::InvalidFieldValue);
        let span = Span {
            start: size(self.text.len())?,
            name: size(name.len())?,
            value: size(value.len())?,
        };
        size(self.text.len() + name.len() + value.len())?;
        self.text.extend_from_slice(name);
        self.text.extend_from_slice(value);
        Ok(span)
    }
}

impl<'a> IntoIterator for &'a FieldList {
    type Item = (&'a [u8], &'a [u8]);
    type IntoIter = FieldListIter<'a>;

    fn into_iter(self) -> FieldListIter<'a> {
        FieldListIter { text: &self.text, spans: self.spans.iter() }
    }
}

/// The names and values of a [`FieldList`], in order.
#[derive(Clone, Debug)]
pub struct FieldListIter<'a> {
    text: &'a [u8],
    spans: std::slice::Iter<'a, Span>,
}

impl<'a> Iterator for FieldListIter<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.spans.next().map(|span| (span.name_in(self.text), span.value_in(self.text)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for FieldListIter<'_> {}

impl Span {
    fn name_in(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..][..self.name as usize]
    }

    fn value_in(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize + self.name as usize..][..self.value as usize]
    }
}

/// Bytes of the buffer that are kept for the next response, at most.
const KEPT_BYTES: usize = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(fields: &FieldList) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        fields.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn set_replaces_at_the_first_place_and_keeps_the_spelling() {
        let mut fields = FieldList::default();
        fields.set(b"X-Foo", b"1").unwrap();
        fields.set(b"X-Bar", b"2").unwrap();
        fields.append(b"x-foo", b"3").unwrap();
        fields.set(b"X-FOO", b"4").unwrap();
        let expected = [("X-FOO", "4"), ("X-Bar", "2")];
        assert_eq!(listed(&fields), expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
        assert_eq!(fields.get(b"x-foo"), Some(&b"4"[..]));
        assert!(fields.remove(b"X-foo") && !fields.remove(b"X-foo"));
    }

    /// RFC 9110 sections 5.1 and 5.5.
    #[test]
    fn refuses_bytes_that_could_split_a_head() {
        for name in ["", "a b", "a:", "a\r\nb", "a\0", "é", "a\t"] {
            let refused = FieldList::default().set(name.as_bytes(), b"v");
            assert_eq!(refused, Err(Misuse::InvalidFieldName), "{name:?}");
        }
        for value in ["a\r\nb: c", "a\nb", "a\rb", "a\0", "\x7f", "\x01"] {
            let refused = FieldList::default().append(b"n", value.as_bytes());
            assert_eq!(refused, Err(Misuse::InvalidFieldValue), "{value:?}");
        }
        FieldList::default().set(b"n", "tab\t and ümlaut".as_bytes()).unwrap();
    }
}
