"""The options of the command line: those of the table of options, and those that are its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from .._options import WITHOUT_EFFECT
from .._tremolo import option_table

#: The groups of `--help`, and the names of the options of the table that belong to them. An option
#: belongs to the first group with a pattern for its name.
GROUPS: Mapping[str, str] = {
    "Application": "",
    "Listening": "bind reuse_port backlog unix_* proxy_protocol trust* *_connections",
    "Processes": "worker* thread_pool_size limit_memory start_timeout preload reload* pid_file",
    "TLS": "tls_* https_* hsts_*",
    "Logging": "*log* request_ids debug",
    "WebSockets": "ws ws_*",
    "Times": "*timeout *_time *_grace sse_* half_close",
    "Requests and responses": "*",
    "Other": "",
}


class Option(NamedTuple):
    """An option: its name with underscores, and what `--help` prints of it."""

    name: str
    #: The kind of its value; empty for a switch.
    value: str
    about: str
    group: str
    #: The words that it may be, if there is a list of them.
    words: tuple[str, ...] = ()
    default: str = ""

    @property
    def spelling(self) -> str:
        """As on the command line."""
        return dashed(self.name)

    @property
    def is_on(self) -> bool:
        """Whether it is a switch that is on by default."""
        return not self.value and self.default == "true"


def dashed(name: str) -> str:
    """The spelling of a name on the command line."""
    return "--" + name.replace("_", "-")


def _row(name: str, value: str, words: list[str], default: str, about: str) -> Option:
    about = _sentence(about)
    if name in OWN_TEXTS:
        value, about, default = OWN_TEXTS[name]
    patterns = ((group, one) for group, names in GROUPS.items() for one in names.split())
    group = next(group for group, pattern in patterns if fnmatchcase(name, pattern))
    default = "" if default == "unset" else default
    return Option(name, value, about, group, tuple(words), default)


def _sentence(about: str) -> str:
    """The first sentence of a documentation, with options as they are on the command line."""
    first = re.split(r"\.(?:\s+(?=[A-Z0-9`])|$)", " ".join(about.split()), maxsplit=1)[0]
    return re.sub(r"`([a-z]+(?:_[a-z]+)+)`", lambda found: dashed(found[1]), first).replace("`", "")


#: Rows of the table that mean something else here: the kind of the value, what it is, its default.
OWN_TEXTS: Mapping[str, tuple[str, str, str]] = {
    "bind": ("LIST", "Addresses: 127.0.0.1:8000, [::1]:8000, :8000, /run/x.sock, fd://3", ""),
    "worker_num": ("NUMBER", "Worker processes; -1 is one for each processor", ""),
    "log_level": ("WORD", "The least severe lines that are logged", "info"),
    "log_fmt": ("FORMAT", "How log lines look", "text"),
    "access_log": ("[WORD]", "Logs each request; without a word, as text", "off"),
    "reload_dirs": ("LIST", "Folders in which --reload watches .py files", ""),
}

#: The options that the table does not have.
OWN = (
    Option("factory", "", "APP is a function that returns the application", "Application"),
    Option("app_dir", "FOLDER", "Where APP is imported from", "Application", (), "."),
    Option(
        "interface", "WORD", "The kind of APP", "Application",
        ("auto", "asgi", "wsgi", "rsgi", "tremolo"), "auto",
    ),
    Option(
        "lifespan", "WORD", "Whether an ASGI application has a lifespan", "Application",
        ("auto", "on", "off"), "auto",
    ),
    Option("root_path", "PATH", "The path that a proxy in front has removed", "Application"),
    Option("static", "PREFIX=FOLDER", "A folder beside APP; may be repeated", "Application"),
    Option("header", "NAME:VALUE", "A field of each response; may be repeated", "Application"),
    Option("env_file", "FILE", "A file with variables of the environment", "Application"),
    Option(
        "loop", "NAME", "The event loop: asyncio, uvloop, or a class", "Application",
        (), "asyncio",
    ),
    Option(
        "host", "ADDRESS", "The address, or the path of a Unix socket", "Listening",
        (), "127.0.0.1",
    ),
    Option("port", "NUMBER", "The port", "Listening", (), "8000"),
    Option("ssl_cert", "FILE", "As --tls-cert, for one certificate", "TLS"),
    Option("ssl_key", "FILE", "As --tls-key, for one key", "TLS"),
    Option("log_config", "FILE", "A configuration of logging: .ini, .json, .yaml", "Logging"),
    Option("config", "FILE", "Options in TOML, in place of TREMOLO_CONFIG", "Other"),
    Option("completion", "SHELL", "Prints a script for a shell", "Other", ("bash", "zsh", "fish")),
    Option("version", "", "Prints the version", "Other"),
    Option("help", "", "Prints this", "Other"),
)  # fmt: skip

#: Options of the original that it takes and that do nothing here.
_NOWHERE = tuple(
    Option(name, "" if isinstance(values[0], bool) else "TEXT", "Not available yet", "Other")
    for name, values in WITHOUT_EFFECT.items()
    if name not in ("app", "root_path")
)

#: The rows of the table, by name.
TABLE: Mapping[str, Option] = {row[0]: _row(*row) for row in option_table()}

#: All options, by name.
OPTIONS: Mapping[str, Option] = {
    option.name: option
    for option in (*OWN, *TABLE.values(), *(one for one in _NOWHERE if one.name not in TABLE))
}
