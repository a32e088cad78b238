"""A configuration of `logging` that a program gives: a dictionary, or a file."""

from __future__ import annotations

import configparser
import json
import logging.config
import os
from collections.abc import Mapping
from typing import Any

#: A dictionary for `logging.config.dictConfig`, the path of a file, or none.
LogConfig = Mapping[str, Any] | str | os.PathLike[str] | None


def apply(config: Mapping[str, Any] | str | os.PathLike[str]) -> None:
    """Configures `logging`: with a dictionary in a `.json` or `.yaml` file, or with a file in the
    format of `logging.config.fileConfig`.

    A `ValueError` is one line for the user. Loggers that the file does not name stay as they are.
    """
    if isinstance(config, Mapping):
        logging.config.dictConfig(dict(config))
        return
    path = os.fspath(config)
    try:
        if path.endswith((".json", ".yaml", ".yml")):
            # Loggers that exist already are those of the server.
            logging.config.dictConfig({"disable_existing_loggers": False, **_read(path)})
        else:
            logging.config.fileConfig(path, disable_existing_loggers=False)
    except OSError as error:
        raise ValueError(f"log_config: {path}: {error.strerror or error}") from None
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ImportError,
        configparser.Error,
    ) as error:
        reason = error.__cause__ or error
        text = " ".join(str(reason).split()) or type(reason).__name__
        raise ValueError(f"log_config: {path}: {text}") from error


def _read(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        if path.endswith(".json"):
            read = json.load(file)
        else:
            try:
                import yaml
            except ImportError:
                raise ValueError("a .yaml file needs the package PyYAML") from None
            read = yaml.safe_load(file)
    if not isinstance(read, dict):
        raise ValueError("it is no dictionary for logging.config.dictConfig")
    return read
