//! A constructor for each error status that is registered (RFC 9110 section 15, and the registry of
//! IANA); 418 and 510 have none, because they are unused and obsolete there.

use super::HttpError;

impl HttpError {
    /// 400: the request is malformed.
    #[must_use]
    pub fn bad_request() -> Self {
        Self::new(400)
    }

    /// 401: it needs to be authenticated; add `WWW-Authenticate` (RFC 9110 section 15.5.2).
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401)
    }

    /// 402: it has to be paid for.
    #[must_use]
    pub fn payment_required() -> Self {
        Self::new(402)
    }

    /// 403: it is not allowed.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(403)
    }

    /// 404: there is nothing here.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(404)
    }

    /// 405: not with this method; `allow` lists those that are.
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::new(405).with_header("Allow", allow)
    }

    /// 406: there is no representation that the client accepts.
    #[must_use]
    pub fn not_acceptable() -> Self {
        Self::new(406)
    }

    /// 407: the client has to authenticate itself to the proxy.
    #[must_use]
    pub fn proxy_authentication_required() -> Self {
        Self::new(407)
    }

    /// 408: the request took too long.
    #[must_use]
    pub fn request_timeout() -> Self {
        Self::new(408)
    }

    /// 409: it does not fit the current state of the resource.
    #[must_use]
    pub fn conflict() -> Self {
        Self::new(409)
    }

    /// 410: there is nothing here any more.
    #[must_use]
    pub fn gone() -> Self {
        Self::new(410)
    }

    /// 411: the body needs a `Content-Length`.
    #[must_use]
    pub fn length_required() -> Self {
        Self::new(411)
    }

    /// 412: a precondition does not hold.
    #[must_use]
    pub fn precondition_failed() -> Self {
        Self::new(412)
    }

    /// 413: the body is too large.
    #[must_use]
    pub fn payload_too_large() -> Self {
        Self::new(413)
    }

    /// 414: the target of the request is too long.
    #[must_use]
    pub fn uri_too_long() -> Self {
        Self::new(414)
    }

    /// 415: the body has another type or coding than the handler reads.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        Self::new(415)
    }

    /// 416: nothing of the range exists.
    #[must_use]
    pub fn range_not_satisfiable() -> Self {
        Self::new(416)
    }

    /// 417: the expectation cannot be met.
    #[must_use]
    pub fn expectation_failed() -> Self {
        Self::new(417)
    }

    /// 421: the server does not answer for this host.
    #[must_use]
    pub fn misdirected_request() -> Self {
        Self::new(421)
    }

    /// 422: the body can be read, but its content is not valid.
    #[must_use]
    pub fn unprocessable_content() -> Self {
        Self::new(422)
    }

    /// 423: the resource is locked (RFC 4918).
    #[must_use]
    pub fn locked() -> Self {
        Self::new(423)
    }

    /// 424: another action has failed that this one needs (RFC 4918).
    #[must_use]
    pub fn failed_dependency() -> Self {
        Self::new(424)
    }

    /// 425: the request may be a replay (RFC 8470).
    #[must_use]
    pub fn too_early() -> Self {
        Self::new(425)
    }

    /// 426: the client has to use another protocol; add `Upgrade`.
    #[must_use]
    pub fn upgrade_required() -> Self {
        Self::new(426)
    }

    /// 428: the request has to be conditional (RFC 6585).
    #[must_use]
    pub fn precondition_required() -> Self {
        Self::new(428)
    }

    /// 429: too many requests; add `Retry-After`.
    #[must_use]
    pub fn too_many_requests() -> Self {
        Self::new(429)
    }

    /// 431: the fields of the request are too large (RFC 6585).
    #[must_use]
    pub fn request_header_fields_too_large() -> Self {
        Self::new(431)
    }

    /// 451: the law forbids it (RFC 7725).
    #[must_use]
    pub fn unavailable_for_legal_reasons() -> Self {
        Self::new(451)
    }

    /// 500: the server failed.
    #[must_use]
    pub fn internal_server_error() -> Self {
        Self::new(500)
    }

    /// 501: the server has no such function.
    #[must_use]
    pub fn not_implemented() -> Self {
        Self::new(501)
    }

    /// 502: another server has sent a response that cannot be used.
    #[must_use]
    pub fn bad_gateway() -> Self {
        Self::new(502)
    }

    /// 503: the server cannot answer now; add `Retry-After`.
    #[must_use]
    pub fn service_unavailable() -> Self {
        Self::new(503)
    }

    /// 504: another server did not answer in time.
    #[must_use]
    pub fn gateway_timeout() -> Self {
        Self::new(504)
    }

    /// 505: the server does not support this version of HTTP.
    #[must_use]
    pub fn http_version_not_supported() -> Self {
        Self::new(505)
    }

    /// 506: the negotiation of the content is configured wrongly (RFC 2295).
    #[must_use]
    pub fn variant_also_negotiates() -> Self {
        Self::new(506)
    }

    /// 507: there is no room for it (RFC 4918).
    #[must_use]
    pub fn insufficient_storage() -> Self {
        Self::new(507)
    }

    /// 508: it would be an endless loop (RFC 5842).
    #[must_use]
    pub fn loop_detected() -> Self {
        Self::new(508)
    }

    /// 511: the network needs authentication (RFC 6585).
    #[must_use]
    pub fn network_authentication_required() -> Self {
        Self::new(511)
    }
}
