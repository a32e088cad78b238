"""`reload`: workers with new code, while old ones serve on until those are ready."""

import os
import re
import subprocess
import sys

import pytest
from conftest import Program, until
from tremolo import Application
from tremolo.workers.code_watch import CodeWatch, files_of_modules
from tremolo.workers.named_application import global_of, named

APPLICATION = """
from tremolo import Application
import part
app = Application()
@app.route("/text")
async def text():
    return part.TEXT
if __name__ == "__main__":
    app.run("127.0.0.1", 0, reload=True)
"""


class Reloaded(Program):
    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", *arguments],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(folder)},
        )
        self.line = self.process.stdout.readline()
        found = re.search(r"http://([\d.]+):(\d+)", self.line)
        assert found, self.line + self.process.stderr.read()
        self.address = found[1], int(found[2])

    def logs(self, text):
        """Waits for a line of the log."""
        while text not in (line := self.process.stderr.readline()):
            assert line, f"the log has ended without {text!r}"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "an_example.py").write_text(APPLICATION)
    (tmp_path / "part.py").write_text("TEXT = 'first'")
    return tmp_path


@pytest.fixture
def reloaded(folder):
    programs = []

    def start(*arguments):
        programs.append(Reloaded(folder, *arguments))
        return programs[-1]

    yield start
    for program in programs:
        if program.process.poll() is None:
            code, log = program.stop()
            assert code == 0, log


@pytest.mark.parametrize(
    "arguments",
    [("-m", "tremolo", "--port", "0", "--reload", "an_example:app"), ("an_example.py",)],
    ids=["named", "main"],
)
def test_changed_code_is_served_and_no_request_fails(reloaded, folder, arguments):
    program = reloaded(*arguments)
    assert program.text("/text") == "first"
    (folder / "part.py").write_text("TEXT = 'the second'")
    until(lambda: program.text("/text") == "the second", 100_000)
    # A route that is new.
    more = '@app.route("/more")\nasync def more():\n    return "more"\n'
    (folder / "an_example.py").write_text(APPLICATION.replace("if __name__", f"{more}if __name__"))
    until(lambda: program.get("/more").status == 200, 100_000)
    assert program.text("/text") == "the second"


def test_code_that_cannot_be_imported_leaves_the_old_workers(reloaded, folder):
    program = reloaded("an_example.py")
    (folder / "part.py").write_text("TEXT = ")
    program.logs("SyntaxError")
    program.logs("could not start (exit code 1); worker 1 (pid")
    assert program.text("/text") == "first"
    (folder / "part.py").write_text("TEXT = 'repaired'")
    until(lambda: program.text("/text") == "repaired", 100_000)


def test_a_change_repairs_code_that_never_gets_ready(reloaded, folder):
    program = reloaded("an_example.py")
    waits = "import sys, threading\nprint('waits', file=sys.stderr, flush=True)\n"
    (folder / "part.py").write_text(f"{waits}threading.Event().wait()")
    program.logs("waits")
    (folder / "part.py").write_text("TEXT = 'repaired'")
    until(lambda: program.text("/text") == "repaired", 100_000)


def test_code_that_never_gets_ready_does_not_delay_the_end(reloaded, folder):
    program = reloaded("an_example.py")
    waits = "import sys, threading\nprint('waits', file=sys.stderr, flush=True)\n"
    (folder / "part.py").write_text(f"{waits}threading.Event().wait()")
    program.logs("waits")
    code, log = program.stop()
    assert code == 0, log
    assert "does not stop" not in log


def test_folders_can_be_watched_as_well(reloaded, folder):
    (folder / "pages").mkdir()
    command = ("-m", "tremolo", "--port=0", "--reload", "--reload-dirs=pages,.", "an_example:app")
    program = reloaded(*command)
    (folder / "pages" / "new.py").write_text("")
    program.logs("new.py")
    program.logs("serves in place of")
    assert program.text("/text") == "first"


def test_an_application_without_a_name_cannot_be_reloaded():
    with pytest.raises(ValueError, match="reload: a new worker has to find the application"):
        Application().run("127.0.0.1", 0, reload=True)


def test_an_application_that_is_no_global_can_be_made_by_a_function():
    app = Application()
    app._remake = Application
    assert isinstance(named(app).make(), Application)
    assert global_of(app) is None
    assert global_of(CodeWatch)() is CodeWatch


@pytest.fixture(params=["reported", "polled"])
def watch(request, tmp_path, monkeypatch):
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "first.py").write_text("1")
    if request.param == "polled":
        monkeypatch.setitem(sys.modules, "watchfiles", None)
    return CodeWatch([str(tmp_path)])


def settled(watch):
    """What the watch reports next."""
    changed = []
    until(lambda: changed.extend(watch.settled()) or changed, 100_000)
    return changed


def test_changes_are_reported_once(watch, tmp_path):
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("12")
    assert settled(watch) == [str(first)]
    # An editor that replaces a file.
    first.unlink()
    first.write_text("123")
    (tmp_path / "text.txt").write_text("")
    (tmp_path / ".hidden" / "third.py").write_text("")
    assert settled(watch) == [str(first)]
    second.write_text("")
    assert settled(watch) == [str(second)]


def test_changes_are_reported_together(tmp_path):
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    first.write_text("1")
    second.write_text("2")
    watch = CodeWatch([])
    watch.add([str(first), str(second)])
    assert watch.settled() == []
    first.write_text("12")
    assert watch.settled() == []
    second.write_text("21")
    assert watch.settled() == []
    assert watch.settled() == [str(first), str(second)]
    assert watch.settled() == []
    # An editor that replaces a file.
    first.unlink()
    assert watch.settled() == []
    first.write_text("123")
    assert watch.settled() == []
    assert watch.settled() == [str(first)]


def test_modules_of_python_and_of_packages_are_not_watched():
    files = files_of_modules()
    assert __file__ in files
    assert os.__file__ not in files
    assert pytest.__file__ not in files
