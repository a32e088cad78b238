"""The command line: `python -m tremolo [OPTIONS] APP`."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from . import __version__, _command_line, _listening, _options
from ._loading import NotLoaded, load

USAGE = """\
Usage: python3 -m tremolo [OPTIONS] APP

APP is an application of this package:
  example:app            the attribute `app` of the module `example`
  /path/to/example.py    the attribute `app` of a file
  example.py:myapp       another attribute

Options:
  --bind ADDRESSES                      Where to listen, separated by commas:
                                        127.0.0.1:8000, [::1]:8000, :8000, /tmp/file.sock.
                                        Default: TREMOLO_BIND, or 127.0.0.1:8000
  --config PATH                         A TOML file with options, in place of that of
                                        TREMOLO_CONFIG
  --ssl-cert, --ssl-key PATH            Certificate and key, in PEM files
  --version                             Prints the version
  --help                                Prints this"""


def usage(**_: Any) -> int:
    """Prints how to use the command line."""
    print(USAGE)
    print(*_command_line.lines(), sep="\n")
    return 0


def version(**_: Any) -> int:
    """Prints the versions of this package and of Python."""
    print(
        f"tremolo {__version__} ({sys.implementation.name} {platform.python_version()}, "
        f"{sys.platform})"
    )
    return 0


def bind(value: str = "", **context: Any) -> int | None:
    """Reads the addresses of `--bind`, which replace `--host` and `--port`."""
    try:
        _listening.parse_bind(value)
    except ValueError:
        print(f'Invalid --bind value "{value}"')
        return 1
    context["options"]["bind"] = value
    return None


def config(value: str = "", **_: Any) -> int | None:
    """Takes the options that the command line does not have from this file."""
    if not value:
        print("Invalid --config: it needs a value")
        return 1
    os.environ["TREMOLO_CONFIG"] = value
    return None


def main() -> None:
    """Serves the application that the command line names."""
    callbacks: dict[str, _command_line.Callback] = {
        "help": usage,
        "version": version,
        "bind": bind,
        "config": config,
    }
    options: dict[str, Any] = {}
    names = _command_line.parse(sys.argv[1:], callbacks, options)
    if not names:
        print('You must specify APP. Use "--help" for help')
        sys.exit(1)
    options = _options.placed(options)
    try:
        _options.check(options)
        app = load(names[-1])
    except NotLoaded as error:
        sys.exit(f"tremolo: {error}")
    except ValueError as error:
        # Of an option that has no effect yet.
        sys.exit(f"tremolo: {error}")
    app.run(**options)


if __name__ == "__main__":
    main()
