"""An exception of an application, without the frames of this package."""

from __future__ import annotations

import os
import sys
import traceback
from types import TracebackType

#: Where the files of this package are.
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep

#: Files of the interpreter that import modules.
IMPORTING = ("<frozen importlib", os.path.dirname(os.__file__) + os.sep + "importlib" + os.sep)


def show(error: BaseException) -> None:
    """Prints it as Python does: the frames begin with the first one of the application."""
    trace = error.__traceback__
    while trace is not None and _is_ours(trace):
        trace = trace.tb_next
    traceback.print_exception(type(error), error.with_traceback(trace), trace, file=sys.stderr)


def _is_ours(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith((HERE, *IMPORTING))
