"""Files with variables of the environment: lines of `NAME=value`."""

from __future__ import annotations

import re

#: A line: a name, and a value that may be quoted. What follows ` #` is a comment.
LINE = re.compile(
    r"""
    (?:export\s+)? ([A-Za-z_][A-Za-z0-9_.]*) \s*=\s*
    (?: '([^']*)' | "((?:[^"\\]|\\.)*)" | ([^\s\#] (?:(?!\s\#).)*?)? )
    \s* (?:\#.*)?
    """,
    re.VERBOSE,
)

ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def read(path: str) -> dict[str, str]:
    """The variables of a file. An `OSError` if it cannot be read, a `ValueError` with the number of
    a line that is none."""
    found: dict[str, str] = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            match = LINE.fullmatch(text)
            if match is None:
                raise ValueError(f"{path}, line {number}: not NAME=value")
            name, single, double, plain = match.groups()
            if double is not None:
                double = re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), double)
            found[name] = single or double or plain or ""
    return found
