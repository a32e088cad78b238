"""How the worker does. A plain function runs on a thread."""

import os


def get(globals):  # noqa: A002 - its name
    return f"process {os.getpid()}, {len(globals.tasks)} tasks\n"
