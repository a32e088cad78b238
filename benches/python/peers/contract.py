"""The responses of all peers, for all interfaces: the same bytes, produced in the same way.

The files of the interfaces contain only what differs. All peers use the JSON module of the standard
library, so that no peer has an advantage.
"""

import ctypes
import os
import signal

TEXT = "Hello World!"
BODY = TEXT.encode()
HTML = "text/html"
JSON = "application/json"
FILE_TYPE = "application/octet-stream"

#: What `/fields` says besides the type and the length.
FIELDS = [
    ("cache-control", "no-store"),
    ("x-request-id", "0123456789abcdef"),
    ("vary", "accept-encoding"),
    ("x-frame-options", "DENY"),
    ("set-cookie", "session=0123456789abcdef; Path=/; HttpOnly"),
]

#: How often `/yield` says the body.
YIELDS = 10

#: What `/upload` is sent, and what `/stream/SIZE` sends in all, in pieces of one of these sizes.
UPLOAD_LENGTH = 1 << 30
STREAM_LENGTH = 1 << 30
PIECES = {size: bytes(size) for size in (16_384, 65_536)}

#: What `/file` sends, made by the runner. Where a server has no facility for files, its
#: application reads and sends pieces of this size.
FILE = os.environ.get("BENCH_FILE", "")
FILE_PIECE = 65_536

#: What `/room`, `/feed` and `/events` say to a client that has joined.
GREETING = "joined"

#: The messages that a slow client of `/feed` and `/events` may be behind.
FEED_CAPACITY = 16


def end_with_parent():
    """The kernel kills this process when its parent ends, which the runner kills."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
