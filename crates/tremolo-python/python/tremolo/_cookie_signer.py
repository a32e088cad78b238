"""Cookies whose values clients can read and cannot change."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence

#: The length of a signature in hexadecimal.
_SIGNATURE = 64

#: The shortest secret in bytes: as long as the digest (RFC 2104 section 3).
_SHORTEST = 32


class CookieSigner:
    """Signs the values of cookies with HMAC-SHA-256, so that clients cannot change them.

    A value is signed together with the name of its cookie. It is not encrypted, and it has no end:
    a client that has copied it can send it again. For a login the value should name a session
    that the server can end. A secret has at least 32 random bytes. What one of the `earlier`
    secrets has signed is accepted too. `CookieKey` of the Rust front has the same format.

    >>> signer = CookieSigner(bytes(32))
    >>> value = signer.signed("user", "ada")
    >>> signer.verified("user", {"user": [value]})
    'ada'
    >>> signer.verified("user", {"user": ["ada"]}) is None
    True
    """

    def __init__(self, secret: bytes, earlier: Iterable[bytes] = ()) -> None:
        self._secrets = [secret, *earlier]
        if any(len(one) < _SHORTEST for one in self._secrets):
            raise ValueError("the secret of a CookieSigner has at least 32 bytes")

    def signed(self, name: str, value: str) -> str:
        """The value for `response.set_cookie(name, value)`."""
        return f"{_signature(self._secrets[0], name, value)}.{value}"

    def verified(self, name: str, cookies: Mapping[str, Sequence[str]]) -> str | None:
        """The value of the first cookie of this name in `request.cookies` whose signature is
        right."""
        for value in cookies.get(name, ()):
            given, text = value[:_SIGNATURE].encode(), value[_SIGNATURE + 1 :]
            if value[_SIGNATURE : _SIGNATURE + 1] != ".":
                continue
            for secret in self._secrets:
                if hmac.compare_digest(_signature(secret, name, text).encode(), given):
                    return text
        return None


def _signature(secret: bytes, name: str, value: str) -> str:
    # No name of a cookie contains `=`.
    return hmac.new(secret, f"{name}={value}".encode(), "sha256").hexdigest()
