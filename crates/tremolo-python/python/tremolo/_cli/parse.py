"""Reads a command line: options for `run`, those of the command line itself, and the rest."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, NoReturn

from .._tremolo import nearest_option
from .synonyms import REFUSED, SWITCH_SYNONYMS, SWITCH_WORDS, SYNONYMS
from .table import OPTIONS, dashed
from .values import DEFAULTS, SWITCHES, switched, value_of

#: What is called for an option: with its `value` and all `options`. A number ends the program.
Callback = Callable[..., int | None]

#: The options of the command line itself, by name, with the text of each occurrence.
Own = dict[str, list[str]]


def parse(
    arguments: Sequence[str],
    callbacks: Mapping[str, Callback],
    options: dict[str, Any],
    own: Own | None = None,
) -> list[str]:
    """Adds options for `Application.run`, and returns what is none; exits with 1 if there is an
    error.

    A callback is for a name that is not in the table of options. Options of the command line
    itself go to `own`; without it they are not known.
    """
    others: list[str] = []
    left = deque(arguments)
    while left:
        argument = left.popleft()
        if argument == "-h" and own is not None:
            argument = "--help"
        if not argument.startswith("--"):
            if argument.startswith("-") and own is not None:
                fail(f'Unrecognized option "{argument}"')
            others.append(argument)
            continue
        option = _Option(argument, left)
        if _set_option(option, options):
            continue
        if option.name in callbacks:
            # Of an option without a value it is whatever comes next.
            code = callbacks[option.name](value=option.text(""), options=options)
            if code is not None:
                sys.exit(code)
        elif not _set_own(option, own) and not _set_synonym(option, options, own):
            _refuse(option)
    return others


class _Option:
    """An option, and its value: behind its `=`, or the next argument."""

    def __init__(self, argument: str, left: deque[str]) -> None:
        self.spelling, equals, text = argument.partition("=")
        self.name = self.spelling[2:].replace("-", "_")
        self.given = text if equals else None
        self._left = left

    def text(self, default: str | None = None) -> str:
        if self.given is not None:
            return self.given
        text = self._left.popleft() if self._left else default
        if text is None:
            fail(f"Invalid {self.spelling}: it needs a value")
        return text

    def word(self, words: Container[str], default: str) -> str:
        """One of these words, or the default: then the next argument is not its value."""
        if self.given is not None:
            return self.given
        return self._left.popleft() if self._left and self._left[0] in words else default

    def value(self, name: str, text: str) -> Any:
        """The value of an option of `run`."""
        try:
            return value_of(name, text)
        except ValueError as error:
            self.reject(text, error)

    def reject(self, text: str, reason: object) -> NoReturn:
        fail(f'Invalid {self.spelling} value "{text}". It {reason}')


def _set_option(option: _Option, options: dict[str, Any]) -> bool:
    """An option that is a keyword of `run`."""
    name = option.name
    if name == "access_log":
        words = OPTIONS[name].words
        options[name] = option.value(name, option.word(words, "text"))
    elif name in SWITCHES:
        meanings = SWITCH_WORDS.get(name, {})
        given = option.word(meanings, "on") if meanings else option.given
        try:
            options[name] = switched(name, meanings.get(given or "", given))
        except ValueError as error:
            option.reject(given or "", error)
    elif name.startswith("no_") and name[3:] in SWITCHES:
        options[name[3:]] = False
    elif name in ("ssl_cert", "ssl_key"):
        options.setdefault("ssl", {})[name[4:]] = option.text()
    elif name in DEFAULTS:
        options[name] = option.value(name, option.text())
    else:
        return False
    return True


def _set_own(option: _Option, own: Own | None) -> bool:
    """An option of the command line itself."""
    known = OPTIONS.get(option.name)
    if own is None or known is None:
        return False
    text = option.text() if known.value else ""
    if option.name == "interface":
        # uvicorn's name.
        text = "asgi" if text == "asgi3" else text
    if known.words and text not in known.words:
        option.reject(text, f"must be {', '.join(known.words[:-1])} or {known.words[-1]}")
    own.setdefault(option.name, []).append(text)
    return True


def _set_synonym(option: _Option, options: dict[str, Any], own: Own | None) -> bool:
    """An option that has another name here."""
    if option.name in SWITCH_SYNONYMS:
        target = SWITCH_SYNONYMS[option.name]
        if target is not None:
            options[target[0]] = option.value(*target)
        return True
    synonym = SYNONYMS.get(option.name)
    if synonym is None or (own is None and synonym.option not in DEFAULTS):
        return False
    name, text = synonym.option, synonym.change(option.text())
    if own is not None and name not in DEFAULTS:
        own.setdefault(name, []).append(text)
    elif synonym.joins and options.get(name):
        options[name] = option.value(name, f"{options[name]},{text}")
    else:
        options[name] = option.value(name, text)
    return True


def _refuse(option: _Option) -> NoReturn:
    if option.name in REFUSED:
        fail(f"{option.spelling} has no meaning here: {REFUSED[option.name]}")
    near = nearest_option(option.name, [*OPTIONS, *SYNONYMS, *SWITCH_SYNONYMS])
    hint = f"; did you mean {dashed(near)}?" if near else ""
    fail(f'Unrecognized option "{option.spelling}"{hint}')


def fail(text: str) -> NoReturn:
    """Prints a line, and ends the program with 1."""
    print(text)
    sys.exit(1)
