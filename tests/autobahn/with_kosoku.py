"""Runs `kosoku` with its own arguments, and corrects a fault of version 0.1.0.

It passes the payload of a message that comes uncompressed as a string, binary ones as latin-1. The
cases 12.* and 13.* expect bytes, and fail with a `TypeError` if the server sends a message
uncompressed: a short one, or one that compression makes longer. RFC 7692 section 6.1 allows that.
"""

import sys

from kosoku import cases
from kosoku._cli import main


def with_bytes(on_message):
    def corrected(self, payload, binary):
        if isinstance(payload, str):
            payload = payload.encode("latin-1" if binary else "utf-8")
        on_message(self, payload, binary)

    return corrected


for number, case in cases.CASES.items():
    if number.startswith(("12.", "13.")):
        case.onMessage = with_bytes(case.onMessage)

sys.exit(main())
