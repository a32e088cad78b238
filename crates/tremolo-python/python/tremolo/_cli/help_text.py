"""`--help`: the options in groups, in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from .table import GROUPS, OPTIONS, Option

BEFORE = """\
Usage: tremolo [OPTIONS] APP

APP is an application of ASGI, of WSGI, of RSGI or of this package:
  example:app            the attribute `app` of the module `example`
  example:make.app       dotted attributes
  example:create()       what a function of the module returns
  example                the attribute `app`
  /path/to/example.py    the attribute `app` of a file
  example.py:myapp       another attribute of a file

Values have units: 15s, 500ms, 10MiB, 64KiB. The environment (TREMOLO_NAME) and
a file (--config) set options as well. The documentation of each option is in
docs/configuration.md; docs/coming-from.md has the names of uvicorn, gunicorn,
hypercorn and granian that are understood too, such as --workers."""


def lines() -> Iterator[str]:
    """The text of `--help`."""
    yield BEFORE
    for group in GROUPS:
        yield ""
        yield f"{group}:"
        for option in OPTIONS.values():
            if option.group == group:
                yield from _lines_of(option)


def _lines_of(option: Option) -> Iterator[str]:
    spelling = option.spelling
    if option.value:
        spelling += f" {option.value}"
    elif option.is_on:
        spelling = f"--no-{spelling[2:]}"
    about = option.about
    if option.words:
        about += f" ({', '.join(option.words)})"
    if option.value and option.default:
        about += f". Default {option.default}"
    if option.is_on:
        about = f"Turns off: {about.removeprefix('Whether ')}"
    texts = textwrap.wrap(about, WIDTH - COLUMN, break_on_hyphens=False)
    if len(spelling) > COLUMN - 4:
        yield f"  {spelling}"
    else:
        yield f"  {spelling:<{COLUMN - 2}}{texts.pop(0)}"
    for text in texts:
        yield f"{'':{COLUMN}}{text}"


#: The width of the page, and the column in which the texts begin.
WIDTH, COLUMN = 80, 30
