"""A stream-oriented, programmable HTTP server: its engine is in Rust, its loop is asyncio."""

from . import exceptions, utils
from ._cookie_signer import CookieSigner
from ._loading import run
from ._monitoring import health, metrics, readiness
from ._rate_limit import RateLimit
from ._tremolo import StaticFiles, __version__
from .application import Application, Tremolo

__all__ = [
    "Application",
    "CookieSigner",
    "RateLimit",
    "StaticFiles",
    "Tremolo",
    "__version__",
    "exceptions",
    "health",
    "metrics",
    "readiness",
    "run",
    "utils",
]
