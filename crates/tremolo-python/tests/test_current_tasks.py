"""A handler has a task when it asks for it, and is the same task until its end."""

import pytest
from conftest import LOOPS, Program


class CurrentTasks(Program):
    script = "current_tasks.py"


@pytest.fixture(scope="module", params=LOOPS)
def server(request):
    program = CurrentTasks(request.param)
    yield program
    code, log = program.stop()
    assert code == 0, log
    assert "never" not in log, log
    assert log.count("Traceback") == log.count("KeyError: 'expected'"), log


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/kind", "kind"),
        ("/same", "1"),
        ("/unknown", "ok"),
        ("/cancels-itself", "by itself"),
        ("/timeout", "timed out"),
        ("/expired", "expired"),
        ("/group", "a"),
        ("/group-fails", "failed"),
        ("/context", "reset"),
    ],
)
def test_gives(server, path, text):
    assert server.text(path) == text


def test_its_callbacks_run_with_a_task_that_is_equal(server):
    assert server.text("/callback") == "called"
    assert server.text("/after-callback") == "0 called True"


def test_a_task_that_was_kept_can_be_awaited_later(server):
    assert server.text("/kept") == "kept"
    assert server.text("/after-kept") == "kept"


def test_an_exception_is_answered(server):
    assert server.get("/raises").status == 500
    assert server.text("/kind") == "kind"


def test_a_task_that_is_over_is_released(server):
    assert server.text("/released") == "None"
    assert server.text("/released") == "None"
