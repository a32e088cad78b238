//! From a request to the answer of a folder: a file with its fields, a page, a redirect, or a
//! refusal.

use http::StatusCode;
use tremolo_core::http1::request::RequestHead;
use tremolo_core::http1::response::FieldList;
use tremolo_core::negotiation::AcceptEncoding;
use tremolo_core::representation::Refusal;

use super::{Folder, Found, FoundFile, Lookup};
use crate::{FileHead, OpenError, ServedFile};

/// The answer of a folder to a request.
#[derive(Debug)]
pub enum FolderAnswer {
    /// A file: apply the head, then send the file.
    File {
        /// The file, or its compressed sibling.
        file: ServedFile,
        /// Its type, its coding, `Vary` and `Cache-Control`.
        head: FileHead,
    },
    /// 200 with this page in HTML.
    Page(String),
    /// 301 with this `Location`.
    Redirect(String),
    /// An error page: 403, 404, or 405 with `Allow`.
    Refused(Refusal),
}

impl Folder {
    /// The answer to a request, without blocking. `rest` is the number of bytes at the end of the
    /// path that follow the prefix of the folder.
    ///
    /// # Errors
    ///
    /// Those of [`Folder::find_cached`].
    pub fn answer_cached(
        &self,
        request: &RequestHead,
        rest: usize,
    ) -> Result<FolderAnswer, OpenError> {
        self.find_cached(&Lookup::of(request, rest)).map(|found| self.answer_of(found))
    }

    /// The answer to a request. May block on the disk: call it on a thread.
    ///
    /// # Errors
    ///
    /// Those of [`Folder::find`].
    pub fn answer(&self, request: &RequestHead, rest: usize) -> Result<FolderAnswer, OpenError> {
        self.find(&Lookup::of(request, rest)).map(|found| self.answer_of(found))
    }

    fn answer_of(&self, found: Found) -> FolderAnswer {
        let refused =
            |status| FolderAnswer::Refused(Refusal { status, fields: FieldList::default() });
        match found {
            Found::File(found) => self.answer_with(found),
            Found::Listing { html } => FolderAnswer::Page(html),
            Found::Redirect { location } => FolderAnswer::Redirect(location),
            Found::NotFound => refused(StatusCode::NOT_FOUND),
            Found::Forbidden => refused(StatusCode::FORBIDDEN),
            Found::MethodNotAllowed => {
                let mut fields = FieldList::default();
                // The name and the value are constants, and valid.
                let _ = fields.set(b"Allow", Self::ALLOW.as_bytes());
                let status = StatusCode::METHOD_NOT_ALLOWED;
                FolderAnswer::Refused(Refusal { status, fields })
            }
        }
    }

    fn answer_with(&self, found: FoundFile) -> FolderAnswer {
        let fields = [
            ("Vary", found.vary.then_some("Accept-Encoding")),
            ("Cache-Control", self.cache_control()),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned())));
        let head = FileHead {
            content_type: found.content_type.into(),
            content_encoding: found.content_encoding,
            fields: fields.collect(),
            rate: None,
        };
        FolderAnswer::File { file: ServedFile::new(found.file, 0, None), head }
    }
}

impl<'a> Lookup<'a> {
    fn of(request: &'a RequestHead, rest: usize) -> Self {
        let path = request.path();
        Self {
            method: request.method(),
            path,
            rest: path.get(path.len().saturating_sub(rest)..).unwrap_or_default(),
            query: request.query(),
            accept_encoding: AcceptEncoding::of(request.fields()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use bytes::BytesMut;
    use tremolo_core::Config;
    use tremolo_core::http1::request::HeadParser;

    use super::*;
    use crate::FolderOptions;

    fn request(line: &str, fields: &str) -> RequestHead {
        let text = format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let (mut input, mut head) = (BytesMut::from(&*text), RequestHead::default());
        HeadParser::default().parse(&mut input, &Config::default(), &mut head).unwrap();
        head
    }

    /// Asks for what is below `/static`; a summary of the answer.
    fn ask(folder: &Folder, line: &str, fields: &str) -> String {
        let request = request(line, fields);
        let rest = request.path().len() - "/static".len();
        match folder.answer(&request, rest).unwrap() {
            FolderAnswer::File { head, .. } => {
                let content_type = String::from_utf8_lossy(&head.content_type).into_owned();
                format!("{content_type} {:?} {:?}", head.content_encoding, head.fields)
            }
            FolderAnswer::Page(html) => html.get(..15).unwrap_or_default().to_owned(),
            FolderAnswer::Redirect(location) => format!("-> {location}"),
            FolderAnswer::Refused(Refusal { status, fields }) => {
                let fields = fields.iter().map(|(name, value)| {
                    format!(" {}: {}", name.escape_ascii(), value.escape_ascii())
                });
                format!("{}{}", status.as_u16(), fields.collect::<String>())
            }
        }
    }

    #[test]
    fn each_request_has_one_answer() {
        let tree = tempfile::tempdir().unwrap();
        for name in ["a.txt", "a.txt.br", ".hidden"] {
            fs::write(tree.path().join(name), name).unwrap();
        }
        fs::create_dir(tree.path().join("sub")).unwrap();
        let options = FolderOptions {
            precompressed: true,
            listing: true,
            cache_control: Some("max-age=9".to_owned()),
            ..FolderOptions::default()
        };
        let folder = Folder::new(tree.path(), options).unwrap();
        let text = "text/plain; charset=utf-8";
        let fields = r#"[("Vary", "Accept-Encoding"), ("Cache-Control", "max-age=9")]"#;
        let cache = r#"[("Cache-Control", "max-age=9")]"#;
        for (line, accepted, expected) in [
            ("GET /static/a.txt", "br", format!("{text} Some(\"br\") {fields}")),
            ("HEAD /static/a.txt?x", "gzip", format!("{text} None {fields}")),
            ("GET /static/a.txt.br", "br", format!("application/octet-stream None {cache}")),
            ("GET /static/sub", "br", "-> ./sub/".to_owned()),
            ("GET /static/sub/", "br", "<!DOCTYPE html>".to_owned()),
            ("GET /static/missing", "br", "404".to_owned()),
            ("GET /static/.hidden", "br", "404".to_owned()),
            ("POST /static/a.txt", "br", "405 Allow: GET, HEAD".to_owned()),
        ] {
            let accepted = format!("Accept-Encoding: {accepted}\r\n");
            assert_eq!(ask(&folder, line, &accepted), expected, "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_cached_file_is_answered_without_a_thread() {
        let tree = tempfile::tempdir().unwrap();
        fs::write(tree.path().join("a"), "a").unwrap();
        let folder = Folder::new(tree.path(), FolderOptions::default()).unwrap();
        let answer = folder.answer_cached(&request("GET /a", ""), "/a".len());
        assert!(matches!(answer, Ok(FolderAnswer::File { .. })), "{answer:?}");
    }
}
