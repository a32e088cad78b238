//! Which responses may be sent with a content coding, and how their heads change (RFC 9110 sections
//! 8.4, 12.5.5 and 8.8.3).
//!
//! Only the head is examined here. The engine also checks `Accept-Encoding`.

use http::StatusCode;

use super::framing::has_content;
use super::head::ResponseHead;
use crate::error::Misuse;
use crate::http1::fields::members;
use crate::http1::grammar::trim;

/// Whether the content of this response may have a content coding, and is likely to get smaller.
pub(crate) fn is_codable(head: &ResponseHead) -> bool {
    has_content(head.status(), false)
        // A range is a part of the application's representation, coded or not (RFC 9110 section
        // 14).
        && head.status() != StatusCode::PARTIAL_CONTENT
        && !head.fields().iter().any(|(name, value)| forbids_coding(name, value))
        && !head.trailers().any(|(name, _)| is_of_uncoded(name))
        && head.content_type().is_none_or(|value| !is_dense(value))
}

/// Adds `Vary: Accept-Encoding`, which caches need (RFC 9110 section 12.5.5).
pub(crate) fn vary(head: &mut ResponseHead) -> Result<(), Misuse> {
    let is_said = head.fields().iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"vary")
            && members(value)
                .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"))
    });
    if is_said { Ok(()) } else { head.append(b"Vary", b"Accept-Encoding") }
}

/// Adapts the head to encoded content. A strong `ETag` becomes a weak one, because it identified
/// the bytes before coding (RFC 9110 section 8.8.1). `Accept-Ranges` is removed, because a range
/// would be one of the encoded content, which is produced anew for each response (section 14.3).
pub(crate) fn describe_coded(head: &mut ResponseHead) -> Result<(), Misuse> {
    head.remove(b"Accept-Ranges");
    let Some(tag) = head.fields().get(b"etag").filter(|tag| tag.starts_with(b"\"")) else {
        return Ok(());
    };
    let weak = [b"W/", tag].concat();
    head.set(b"ETag", &weak)
}

/// Whether a field of the response forbids a content coding.
pub(crate) fn forbids_coding(name: &[u8], value: &[u8]) -> bool {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    match name.len() {
        6 => is(b"digest"),
        // The trailer fields arrive when the decision is already made.
        7 if is(b"trailer") => members(value).any(is_of_uncoded),
        11 => is(b"content-md5") || is(b"repr-digest"),
        13 if is(b"cache-control") => {
            members(value).any(|directive| directive.eq_ignore_ascii_case(b"no-transform"))
        }
        13 => is(b"content-range"),
        // Digests are of the content as it is sent (RFC 9530 sections 2 and 3).
        14 => is(b"content-digest"),
        16 => is(b"content-encoding"),
        _ => false,
    }
}

/// Whether a trailer field of this name describes the content before coding: a digest,
/// or what [`describe_coded`] changes in a head (RFC 9110 sections 8.8.3 and 14.3).
pub(crate) fn is_of_uncoded(name: &[u8]) -> bool {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    is(b"etag") || is(b"accept-ranges") || forbids_coding(name, b"")
}

/// Whether content of this type is already compressed, so that compressing it again gains nothing.
fn is_dense(content_type: &[u8]) -> bool {
    let end = memchr::memchr(b';', content_type).unwrap_or(content_type.len());
    let essence = trim(&content_type[..end]);
    let is = |known: &&str| essence.eq_ignore_ascii_case(known.as_bytes());
    let is_of = |kind: &&str| {
        essence.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()))
    };
    let ends = |suffix: &&str| {
        let start = essence.len().saturating_sub(suffix.len());
        essence[start..].eq_ignore_ascii_case(suffix.as_bytes())
    };
    !LOOSE.iter().any(is)
        && (DENSE_KINDS.iter().any(is_of)
            || DENSE_TYPES.iter().any(is)
            || DENSE_SUFFIXES.iter().any(ends))
}

const DENSE_KINDS: [&str; 6] = [
    "image/",
    "video/",
    "audio/",
    "font/woff",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
];

/// Types that match [`DENSE_KINDS`] but are not compressed.
const LOOSE: [&str; 5] =
    ["image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "audio/wav"];

const DENSE_TYPES: [&str; 24] = [
    "application/gzip",
    "application/java-archive",
    "application/pdf",
    "application/vnd.android.package-archive",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/x-brotli",
    "application/x-bzip",
    "application/x-bzip2",
    "application/x-compress",
    "application/x-compressed",
    "application/x-compressed-tar",
    "application/x-gzip",
    "application/x-lz4",
    "application/x-lzip",
    "application/x-lzma",
    "application/x-rar-compressed",
    "application/x-tgz",
    "application/x-tzst",
    "application/x-xz",
    "application/x-zip-compressed",
    "application/x-zstd",
    "application/zip",
    "application/zstd",
];

const DENSE_SUFFIXES: [&str; 2] = ["+zip", "+gzip"];

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, fields: &[(&str, &str)]) -> ResponseHead {
        let mut head = ResponseHead::default();
        head.set_status(status).unwrap();
        for (name, value) in fields {
            head.append(name.as_bytes(), value.as_bytes()).unwrap();
        }
        head
    }

    /// RFC 9110 sections 8.4, 14 and 15; RFC 9111 section 5.2.2.6; RFC 9530 sections 2 and 3.
    #[test]
    fn follows_the_table_of_statuses_and_fields() {
        for (status, fields, codable) in [
            (200, &[][..], true),
            (404, &[], true),
            (500, &[], true),
            (204, &[], false),
            (205, &[], false),
            (206, &[], false),
            (304, &[], false),
            (200, &[("Content-Range", "bytes 0-1/2")], false),
            (200, &[("content-encoding", "gzip")], false),
            (200, &[("Content-Encoding", "identity")], false),
            (200, &[("Cache-Control", "no-transform")], false),
            (200, &[("Cache-Control", "max-age=3, No-Transform")], false),
            (200, &[("Cache-Control", "public"), ("Cache-Control", "no-transform")], false),
            (200, &[("Cache-Control", "public, no-cache")], true),
            (200, &[("Cache-Control", "no-transformed")], true),
            (200, &[("Content-Digest", "sha-256=:x:")], false),
            (200, &[("Repr-Digest", "sha-256=:x:")], false),
            (200, &[("Digest", "x")], false),
            (200, &[("Content-MD5", "x")], false),
            (200, &[("Content-Language", "en"), ("X-Digest", "x"), ("Server", "x")], true),
        ] {
            assert_eq!(is_codable(&head(status, fields)), codable, "{status} {fields:?}");
        }
    }

    #[test]
    fn follows_the_table_of_types() {
        for (content_type, codable) in [
            ("text/html; charset=utf-8", true),
            ("application/json", true),
            ("text/event-stream", true),
            ("application/wasm", true),
            ("application/octet-stream", true),
            ("font/ttf", true),
            ("image/svg+xml", true),
            ("Image/SVG+XML; charset=utf-8", true),
            ("image/png", false),
            ("IMAGE/JPEG ; q=1", false),
            ("video/mp4", false),
            ("audio/ogg", false),
            ("font/woff2", false),
            ("application/zip", false),
            ("application/gzip", false),
            ("application/x-tgz", false),
            ("application/x-zstd", false),
            ("application/x-tar", true),
            ("application/epub+zip", false),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", false),
            ("imag", true),
            ("", true),
        ] {
            let head = head(200, &[("Content-Type", content_type)]);
            assert_eq!(is_codable(&head), codable, "{content_type}");
        }
        let mut untyped = ResponseHead::default();
        untyped.remove(b"Content-Type");
        assert!(is_codable(&untyped));
    }

    /// RFC 9110 section 12.5.5.
    #[test]
    fn adds_vary_only_once() {
        for (said, expected) in [
            (&[][..], &["Accept-Encoding"][..]),
            (&["Accept"], &["Accept", "Accept-Encoding"]),
            (&["Accept, accept-encoding"], &["Accept, accept-encoding"]),
            (&["Origin", "Accept-Encoding"], &["Origin", "Accept-Encoding"]),
            (&["*"], &["*"]),
        ] {
            let fields: Vec<_> = said.iter().map(|value| ("Vary", *value)).collect();
            let mut head = head(200, &fields);
            vary(&mut head).unwrap();
            let values: Vec<_> = head.fields().iter().map(|(_, value)| value).collect();
            assert_eq!(values, expected.iter().map(|v| v.as_bytes()).collect::<Vec<_>>());
        }
    }

    /// RFC 9110 sections 8.8.3 and 14.3.
    #[test]
    fn weakens_strong_tags_only_and_offers_no_ranges() {
        for (tag, expected) in [("\"x\"", "W/\"x\""), ("W/\"x\"", "W/\"x\""), ("\"\"", "W/\"\"")] {
            let mut head = head(200, &[("etag", tag), ("accept-ranges", "bytes"), ("a", "b")]);
            describe_coded(&mut head).unwrap();
            assert_eq!(head.fields().get(b"ETag"), Some(expected.as_bytes()));
            assert_eq!(head.fields().get(b"Accept-Ranges"), None);
            assert_eq!(head.fields().iter().count(), 2);
        }
        let mut untagged = head(200, &[]);
        describe_coded(&mut untagged).unwrap();
        assert!(untagged.fields().is_empty());
    }

    /// RFC 9110 section 6.5.
    #[test]
    fn trailers_that_would_be_wrong_forbid_a_coding() {
        for (name, codable) in [
            ("X-Sum", true),
            ("ETag", false),
            ("accept-ranges", false),
            ("Digest", false),
            ("Content-Digest", false),
        ] {
            let announced = head(200, &[("Trailer", &format!("X-A, {name}"))]);
            assert_eq!(is_codable(&announced), codable, "{name}");
            let mut set = head(200, &[]);
            set.trailers_for(name.as_bytes()).unwrap().set(name.as_bytes(), b"x").unwrap();
            assert_eq!(is_codable(&set), codable, "{name}");
        }
    }
}
