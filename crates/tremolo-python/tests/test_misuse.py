"""Misuse neither crashes nor hangs the interpreter."""

import subprocess
import sys

import pytest
from conftest import HERE, LOOPS

WHEN = ["after", "thread", "loop", "during", "together", "fork", "collected", "stopped", "closed",
        "exit"]  # fmt: skip


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("when", WHEN)
def test_every_use_of_every_object_is_survived(loop, when):
    command = [sys.executable, "-X", "dev", str(HERE / "misuse.py"), loop, when]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("True\n")
    assert "panicked" not in done.stderr
