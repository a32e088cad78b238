"""The program: `tremolo [OPTIONS] APP`, also `python -m tremolo`."""

from __future__ import annotations

import os
import platform
import re
import sys
from typing import Any

from .. import __version__, _listening, _log_config, _options, _running
from .._loading import NotLoaded, Source
from .._process_options import ProcessOptions
from ..application import Tremolo
from . import completion, env_file, help_text, traceback
from .parse import Own, fail, parse


def usage(**_: Any) -> int:
    """Prints how to use the command line."""
    print(*help_text.lines(), sep="\n")
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
    except ValueError as error:
        print(f'Invalid --bind value "{value}": {error}')
        return 1
    context["options"]["bind"] = value
    return None


def main() -> None:
    """Serves the application that the command line names."""
    options: dict[str, Any] = {}
    own: Own = {}
    names = parse(sys.argv[1:], {}, options, own)
    if "help" in own:
        sys.exit(usage())
    if "version" in own:
        sys.exit(version())
    if "completion" in own:
        print(completion.script(own["completion"][-1]), end="")
        sys.exit()
    if not names:
        fail('You must specify APP. Use "--help" for help')
    if len(names) > 1:
        fail(f'Unexpected argument "{names[1]}": APP is "{names[0]}"')
    _set_environment(own)
    if "bind" in own and (code := bind(",".join(own["bind"]), options=options)):
        sys.exit(code)
    source = _source(names[0], own, options)
    options = _checked(options, own)
    _app(source).run(**options)


def _checked(options: dict[str, Any], own: Own) -> dict[str, Any]:
    """The options of `run`; the program ends with a line if one is wrong."""
    try:
        options = _options.placed(options)
        _options.check(options)
        all_options = _options.of_process(options)
        ProcessOptions.of(all_options)
        _running.processes(all_options.get("worker_num"))
        if paths := own.get("log_config"):
            # The application may log while it is imported.
            _log_config.apply(paths[-1])
            options["log_config"] = paths[-1]
    except (TypeError, ValueError) as error:
        sys.exit(f"tremolo: {error}")
    try:
        _running.loop_factory(options.get("loop"))
    except (ImportError, AttributeError) as error:
        sys.exit(f"tremolo: loop: {error}")
    return options


def _app(source: Source) -> Tremolo:
    """The application; the program ends with 1 if there is none."""
    try:
        return source()
    except NotLoaded as error:
        sys.exit(f"tremolo: {error}")
    except Exception as error:
        traceback.show(error)
        sys.exit(1)


def _set_environment(own: Own) -> None:
    """The variables of `--env-file`, below those that are set, and the file of `--config`."""
    for path in own.get("env_file", ()):
        try:
            variables = env_file.read(path)
        except (OSError, ValueError) as error:
            text = error.strerror if isinstance(error, OSError) else None
            fail(f'Invalid --env-file value "{path}": {text or error}')
        os.environ.update({**variables, **os.environ})
    if "config" in own:
        os.environ["TREMOLO_CONFIG"] = own["config"][-1]


def _source(name: str, own: Own, options: dict[str, Any]) -> Source:
    kind: dict[str, Any] = {one: own[one][-1] for one in ("interface", "lifespan") if one in own}
    if "root_path" in options:
        kind["root_path"] = options.pop("root_path")
    if "app_handler_timeout" in options:
        kind["app_handler_timeout"] = options["app_handler_timeout"]
    return Source(
        name,
        kind,
        own.get("app_dir", [""])[-1],
        "factory" in own,
        [_folder(text) for text in own.get("static", ())],
        [_header(text) for text in own.get("header", ())],
    )


def _folder(text: str) -> tuple[str, str]:
    prefix, equals, folder = text.partition("=")
    if not equals or not prefix.startswith("/"):
        fail(f'Invalid --static value "{text}". It must be as in /static=public')
    if not os.path.isdir(folder):
        fail(f'Invalid --static value "{text}": there is no folder {folder!r}')
    return prefix, os.path.abspath(folder)


def _header(text: str) -> tuple[bytes, bytes]:
    found = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e]*)", text)
    if found is None:
        fail(f'Invalid --header value "{text}". It must be as in "X-Name: value"')
    return found[1].encode(), found[2].rstrip().encode()
