//! A form, read whole: `application/x-www-form-urlencoded` or `multipart/form-data`.

use std::future::poll_fn;
use std::sync::Arc;

use tremolo_core::content::FormKind;
use tremolo_core::form::{FormData, FormError, FormLimits, kind_of};

use super::Request;

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
        match kind_of(&self.exchange.head, self.exchange.accepted_codings(), limits)? {
            FormKind::UrlEncoded(charset) => {
                let body = match self.exchange.whole_body() {
                    Some(body) => body,
                    None => self.read(limits.max_size.saturating_add(1)).await?,
                };
                let form = FormData::urlencoded(&body, charset, limits)?;
                self.exchange.keep_body(body);
                Ok(form)
            }
            FormKind::Multipart => {
                self.exchange.multipart()?.limit(limits.max_size as u64);
                let mut form = FormData::default();
                let steps = limits.of_steps();
                while let Some(step) = poll_fn(|cx| self.exchange.poll_step(cx, steps)).await? {
                    form.add(step)?;
                }
                Ok(form)
            }
        }
    }
}
