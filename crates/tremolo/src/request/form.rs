//! A form, read whole: `application/x-www-form-urlencoded` or `multipart/form-data`.

use std::sync::Arc;

use tremolo_core::content::{Charset, FormKind, urlencoded_in_utf8};
use tremolo_core::http1::request::BodyLength;
use tremolo_core::query::parse_pairs;

use super::Request;
use crate::error::FormError;
use crate::upload::{FileLimits, FormData, FormFile};

/// Limits of [`Request::form_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormLimits {
    /// Fields and files. Default 100. More is answered with 413.
    pub max_fields: usize,
    /// Bytes of the body. Default 8 388 608 (8 MiB). More is answered with 413.
    pub max_size: usize,
}

impl Default for FormLimits {
    fn default() -> Self {
        Self { max_fields: 100, max_size: 8 << 20 }
    }
}

impl Request {
    /// The form in the body: at most `max_query_fields` fields (100 by default) in at most 8 MiB.
    /// It is kept: a second call gives the same. Its text is decoded from the charset that the form
    /// or, in `multipart/form-data`, a part of it declares, else from UTF-8; what is not valid
    /// there becomes U+FFFD.
    ///
    /// Before these limits the server's own counts: a body is at most `client_max_body_size` long
    /// (2 MiB by default), or what [`Request::set_body_limit`] allows. For large files there is
    /// [`Request::files`] and [`Request::parts`].
    ///
    /// ```
    /// use tremolo::{HttpError, Request};
    ///
    /// async fn greet(request: Request) -> Result<String, HttpError> {
    ///     let form = request.form().await?;
    ///     let size = form.file("photo").map_or(0, |photo| photo.data.len());
    ///     Ok(format!("Hello {}, {size} bytes", form.get("name").unwrap_or("you")))
    /// }
    /// # tremolo::Application::new().route("/", greet);
    /// ```
    ///
    /// # Errors
    ///
    /// Any [`FormError`]: another content type, an unknown charset or a content coding (415), a
    /// malformed body (400), too many fields or bytes (413), or that the body could not be read.
    pub async fn form(&self) -> Result<Arc<FormData>, FormError> {
        let max_fields = self.exchange.config().max_query_fields;
        self.form_with(FormLimits { max_fields, ..FormLimits::default() }).await
    }

    /// [`Request::form`] with other limits. The first call counts.
    ///
    /// # Errors
    ///
    /// Those of [`Request::form`].
    pub async fn form_with(&self, limits: FormLimits) -> Result<Arc<FormData>, FormError> {
        if let Some(kept) = self.exchange.upload().form.get() {
            return kept.clone();
        }
        let form = self.read_form(limits).await.map(Arc::new);
        self.exchange.upload().form.get_or_init(|| form).clone()
    }

    async fn read_form(&self, limits: FormLimits) -> Result<FormData, FormError> {
        let announced = self.exchange.head.body_length();
        if matches!(announced, BodyLength::Length(length) if length > limits.max_size as u64) {
            return Err(FormError::TooLarge);
        }
        match FormKind::of(self.exchange.head.fields())? {
            Some(FormKind::UrlEncoded(charset)) => self.read_urlencoded(limits, charset).await,
            Some(FormKind::Multipart) => self.read_multipart(limits).await,
            None => Err(FormError::ContentType { expected: EXPECTED }),
        }
    }

    async fn read_urlencoded(
        &self,
        limits: FormLimits,
        charset: Charset,
    ) -> Result<FormData, FormError> {
        let body = match self.exchange.whole_body() {
            Some(body) => body,
            None => self.read(limits.max_size.saturating_add(1)).await?,
        };
        if body.len() > limits.max_size {
            return Err(FormError::TooLarge);
        }
        let fields = parse_pairs(&urlencoded_in_utf8(&body, charset), limits.max_fields)
            .map_err(|_| FormError::TooManyFields)?;
        self.exchange.keep_body(body);
        Ok(FormData { fields, files: Vec::new() })
    }

    async fn read_multipart(&self, limits: FormLimits) -> Result<FormData, FormError> {
        let max_file_size = limits.max_size;
        let mut steps = self.files_with(FileLimits { max_files: limits.max_fields, max_file_size });
        self.exchange.multipart()?.limit(limits.max_size as u64);
        let mut form = FormData::default();
        // No part is longer than the body, so that each is one step.
        while let Some(step) = steps.next().await.transpose()? {
            match step.filename() {
                Some("") if step.data.is_empty() => {}
                Some(filename) => form.files.push(FormFile {
                    name: step.name().to_owned(),
                    filename: filename.to_owned(),
                    content_type: step.content_type().map(str::to_owned),
                    data: step.data,
                }),
                None => {
                    let charset = step.head().charset()?.unwrap_or_default();
                    form.fields.append(step.name(), charset.decode(&step.data));
                }
            }
        }
        Ok(form)
    }
}

const EXPECTED: &str = "application/x-www-form-urlencoded or multipart/form-data";
