//! The head of a request as `http::Request`.
//!
//! One allocation for the target and all values together, cut into shared slices.

use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use tremolo_core::http1::request::{RequestHead, Version};

use super::axum::extend;
use super::body::TowerBody;
use crate::error::HttpError;
use crate::extract::Call;

/// The target of a request as the client sent it, in the extensions of what a
/// [`TowerService`](crate::TowerService) gets; its own URI lacks the prefix that it is mounted at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginalUri(pub Uri);

/// The address at the other end of the connection, in the extensions of what a
/// [`TowerService`](crate::TowerService) gets; missing for a Unix socket. The address of a
/// client behind trusted proxies is [`Request::ip`](crate::Request::ip).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub SocketAddr);

/// The request of a service.
pub(crate) fn request_of(call: &mut Call) -> Result<http::Request<TowerBody>, HttpError> {
    let ours = call.request();
    let head = call.head();
    let text = text_of(head);
    let original = uri(text.slice(..head.url().len()))?;
    let mut request = http::Request::new(TowerBody::new(ours.clone()));
    *request.method_mut() = head.method().clone();
    *request.version_mut() = match head.version() {
        Version::Http10 => http::Version::HTTP_10,
        Version::Http11 => http::Version::HTTP_11,
    };
    *request.uri_mut() = uri_behind(head, call.rest(), &text, &original)?;
    *request.headers_mut() = fields_of(head, &text)?;
    let extensions = request.extensions_mut();
    *extensions = ours.extensions().layered();
    let client = ours.client();
    extend(extensions, &original, client);
    extensions.insert(OriginalUri(original));
    if let Some(address) = client {
        extensions.insert(ClientAddress(address));
    }
    extensions.insert(ours);
    Ok(request)
}

/// The target, then the values of all fields, one after the other.
fn text_of(head: &RequestHead) -> Bytes {
    let values = head.fields().iter().map(|(_, value)| value);
    let size = head.url().len() + values.clone().map(<[u8]>::len).sum::<usize>();
    let mut text = BytesMut::with_capacity(size);
    text.extend_from_slice(head.url());
    values.for_each(|value| text.extend_from_slice(value));
    text.freeze()
}

/// The target without the prefix in front of `rest`.
fn uri_behind(
    head: &RequestHead,
    rest: &[u8],
    text: &Bytes,
    original: &Uri,
) -> Result<Uri, HttpError> {
    let (path, url) = (head.path(), head.url());
    let start = path.len() - rest.len();
    match path.split_at_checked(start) {
        // The target of a route, or of a service at `/`.
        None | Some(([], _)) => Ok(original.clone()),
        Some((_, [b'/', ..])) => uri(text.slice(start..url.len())),
        Some(_) => uri([b"/", url.get(path.len()..).unwrap_or_default()].concat().into()),
    }
}

fn uri(text: Bytes) -> Result<Uri, HttpError> {
    // More than 16 bits do not fit into this type.
    let status = if text.len() < usize::from(u16::MAX) { 400 } else { 414 };
    Uri::from_maybe_shared(text).map_err(|error| {
        HttpError::new(status).with_message(error.to_string()).with_content_type("text/plain")
    })
}

fn fields_of(head: &RequestHead, text: &Bytes) -> Result<HeaderMap, HttpError> {
    let (fields, too_many) = (head.fields(), || HttpError::new(431));
    let mut map = HeaderMap::try_with_capacity(fields.len()).map_err(|_| too_many())?;
    let mut start = head.url().len();
    for (name, value) in fields.iter() {
        let end = start + value.len();
        let name = HeaderName::from_bytes(name).map_err(|_| HttpError::bad_request())?;
        let value = value_of(text.slice(start..end))?;
        map.try_append(name, value).map_err(|_| too_many())?;
        start = end;
    }
    // A target that names its host overrides the field (RFC 9112 section 3.2.2).
    if let Some(host) = head.host()
        && map.get(HOST).is_none_or(|field| field.as_bytes() != host)
    {
        map.try_insert(HOST, value_of(Bytes::copy_from_slice(host))?).map_err(|_| too_many())?;
    }
    Ok(map)
}

fn value_of(text: Bytes) -> Result<HeaderValue, HttpError> {
    HeaderValue::from_maybe_shared(text).map_err(|_| HttpError::bad_request())
}
