"""The command line: `python -m tremolo [OPTIONS] APP`."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from . import __version__, _command_line, _options
from ._loading import NotLoaded, load, served

USAGE = """\
Usage: python3 -m tremolo [OPTIONS] APP

APP is an application of this package, of ASGI or of WSGI:
  example:app            the attribute `app` of the module `example`
  /path/to/example.py    the attribute `app` of a file
  example.py:myapp       another attribute

Options:
  --bind ADDRESSES                      Where to listen, separated by commas:
                                        127.0.0.1:8000, [::1]:8000, :8000, /tmp/file.sock.
                                        Default: TREMOLO_BIND, or 127.0.0.1:8000
  --config PATH                         A TOML file with options, in place of that of
                                        TREMOLO_CONFIG
  --interface KIND                      Of APP: auto, asgi or wsgi. Default 'auto'
  --lifespan MODE                       Of an ASGI application: auto, on or off. Default 'auto'
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
    if not value:
        print('Invalid --bind value ""')
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


def of_kind(name: str) -> _command_line.Callback:
    """An option for foreign applications, which `served` checks."""

    def keep(value: str = "", **context: Any) -> None:
        context["options"][name] = value

    return keep


def main() -> None:
    """Serves the application that the command line names."""
    callbacks: dict[str, _command_line.Callback] = {
        "help": usage,
        "version": version,
        "bind": bind,
        "config": config,
        "interface": of_kind("interface"),
        "lifespan": of_kind("lifespan"),
    }
    options: dict[str, Any] = {}
    names = _command_line.parse(sys.argv[1:], callbacks, options)
    if not names:
        print('You must specify APP. Use "--help" for help')
        sys.exit(1)
    options = _options.placed(options)
    try:
        app = served(load(names[-1]), names[-1], options)
        _options.check(options)
    except NotLoaded as error:
        sys.exit(f"tremolo: {error}")
    except ValueError as error:
        # Of an option that has no effect yet.
        sys.exit(f"tremolo: {error}")
    app.run(**options)


if __name__ == "__main__":
    main()
