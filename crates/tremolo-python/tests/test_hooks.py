"""The hooks that Rust reads are those that `PythonHooks` declares."""

import asyncio
from unittest.mock import Mock

from tremolo._interfaces import Draft, PythonHooks
from tremolo._tremolo import Server


class Recorder:
    """Records the names of all attributes that are read."""

    def __init__(self):
        self.names = []

    def __getattr__(self, name):
        self.names.append(name)
        return Mock()


def test_rust_reads_each_declared_hook_once():
    recorder, loop = Recorder(), asyncio.new_event_loop()
    try:
        Server(loop, recorder, Draft([], [], [], False), {})
    finally:
        loop.close()
    declared = [name for name in vars(PythonHooks) if not name.startswith("_")]
    assert sorted(recorder.names) == sorted(declared)
