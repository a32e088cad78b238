//! Relative references to entries beside or below a page (RFC 3986 section 4.2).
//!
//! All of them begin with `./`, so that no name can look like a host (`//evil`), a scheme
//! (`javascript:`) or a query. They do not contain the prefix of a mount or of a proxy.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Unreserved characters stand for themselves (RFC 3986 section 2.3).
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Keeps percent-encoding as it is; a query also keeps its separators.
const ENCODED: &AsciiSet = &NAME.remove(b'%');
const QUERY: &AsciiSet = &ENCODED
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/')
    .remove(b'?');

/// The reference from a folder's path without a slash to the path with it. `path` and `query` are
/// those of the request, still encoded.
pub(super) fn to_folder(path: &[u8], query: Option<&[u8]>) -> String {
    let last = path.rsplit(|&b| b == b'/').next().unwrap_or_default();
    let mut reference = String::with_capacity(4 + last.len() + query.map_or(0, <[u8]>::len));
    reference.push_str("./");
    reference.extend(percent_encode(last, ENCODED));
    reference.push('/');
    if let Some(query) = query {
        reference.push('?');
        reference.extend(percent_encode(query, QUERY));
    }
    reference
}

/// The reference from a folder's page to an entry of the folder.
pub(super) fn to_entry(name: &[u8], is_folder: bool) -> String {
    let mut reference = String::with_capacity(3 + name.len());
    reference.push_str("./");
    reference.extend(percent_encode(name, NAME));
    if is_folder {
        reference.push('/');
    }
    reference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reference_leads_to_another_host() {
        for (path, query, expected) in [
            ("/static/css", None, "./css/"),
            ("/css", Some("a=1&b=%20?/"), "./css/?a=1&b=%20?/"),
            ("/css", Some(""), "./css/?"),
            // Browsers parse these as the beginning of an authority or of a scheme.
            ("//evil.example", None, "./evil.example/"),
            ("/\\evil.example", None, "./%5Cevil.example/"),
            ("/x/%2F%2fevil.example", None, "./%2F%2fevil.example/"),
            ("/javascript:alert(1)", None, "./javascript%3Aalert%281%29/"),
            ("/a", Some("x\r\nSet-Cookie: y\"<>"), "./a/?x%0D%0ASet-Cookie:%20y%22%3C%3E"),
            ("/caf%C3%A9", None, "./caf%C3%A9/"),
            ("/caf\u{e9}#", None, "./caf%C3%A9%23/"),
        ] {
            let reference = to_folder(path.as_bytes(), query.map(str::as_bytes));
            assert_eq!(reference, expected, "{path:?}");
        }
    }

    #[test]
    fn names_cannot_be_parsed_as_syntax() {
        assert_eq!(to_entry(b"a b%2e?#\xff:", false), "./a%20b%252e%3F%23%FF%3A");
        assert_eq!(to_entry(b"css", true), "./css/");
    }
}
