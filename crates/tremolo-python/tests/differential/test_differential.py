"""Every application responds the same under the original and under ours, or a row has the reason.

`recorded/` holds both answers of each case that differs, so that a listed difference excuses
nothing but itself. `RECORD=1` writes the files anew; read what has changed.
"""

import difflib
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from case import Case, get
from servers import PATIENCE, Server, original_interpreter
from surface import UNUSED, USED

HERE = Path(__file__).parent
DIFFERENCES = HERE.parents[3] / "docs" / "differences.md"
RECORDED = HERE / "recorded"
APPLICATIONS = sorted(path.stem for path in (HERE / "apps").glob("[a-z]*.py"))
RECORD = bool(os.environ.get("RECORD"))

Records = dict[str, list[str]]


def cases(application: str) -> list[Case]:
    found: list[Case] = importlib.import_module(f"apps.{application}").CASES
    return found


def read_records(application: str) -> Records:
    records: Records = {}
    path = RECORDED / f"{application}.txt"
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.startswith("## "):
            lines = records[line.removeprefix("## ")] = []
        else:
            lines.append(line)
    return records


def write_records(application: str, records: Records) -> None:
    order = [case.name for case in cases(application) if case.name in records]
    text = "".join(f"## {name}\n" + "\n".join(records[name]) + "\n" for name in order)
    (RECORDED / f"{application}.txt").write_text(text)


def difference(original: list[str], ours: list[str]) -> list[str]:
    """Both answers in one text, `-` the original's lines, `+` ours; nothing if they are equal."""
    if original == ours:
        return []
    lines: list[str] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, original, ours, False).get_opcodes():
        if kind == "equal":
            lines += [f" {line}".rstrip() for line in original[a:b]]
        else:
            lines += [f"-{line}" for line in original[a:b]] + [f"+{line}" for line in ours[c:d]]
    return lines


@pytest.fixture(scope="module")
def original() -> str:
    return original_interpreter()


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module", params=APPLICATIONS)
def application(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def servers(original: str, application: str, loop: str) -> Iterator[tuple[Server, Server]]:
    pair = Server(original, application, loop), Server(sys.executable, application, loop)
    try:
        for server in pair:
            server.wait_until_ready()
        yield pair
    finally:
        # The original does not end while it still waits for something.
        pair[0].kill()
        assert pair[1].stop() == 0


def test_differs_only_where_a_row_says_so(
    servers: tuple[Server, Server], application: str, loop: str
) -> None:
    records = read_records(application)
    complaints = []
    for case in cases(application):
        found = difference(*(server.answer(case) for server in servers))
        if found != records.get(case.name, []):
            # On a machine that is busy, silence may only be slowness.
            found = difference(*(server.answer(case, 10 * PATIENCE) for server in servers))
        if RECORD:
            records.pop(case.name, None)
            if found:
                records[case.name] = found
        if found and not case.rows:
            complaints.append(f"{case.name} differs, and no row says so:\n" + "\n".join(found))
        elif case.rows and not found:
            complaints.append(f"{case.name} does not differ any more: {case.rows}")
        elif found != records.get(case.name, []):
            changes = difflib.ndiff(records.get(case.name, []), found)
            complaints.append(f"{case.name} differs in another way:\n" + "\n".join(changes))
    if RECORD:
        write_records(application, records)
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.parametrize("ours", [False, True])
def test_handlers_clean_up_when_their_client_has_gone(original: str, loop: str, ours: bool) -> None:
    server = Server(sys.executable if ours else original, "_gone", loop)
    try:
        server.wait_until_ready()
        for target in ("/wait", "/yield", "/read"):
            server.lose_client(target)
        for _ in range(10_000):
            said = server.answer(get("/cleaned"))
            if all(f"cleaned {name}" in "".join(said) for name in ("wait", "yield", "read")):
                break
        else:
            pytest.fail(f"not all have cleaned up: {said}")
    finally:
        server.kill()


def test_hooks_run_when_a_worker_stops(
    original: str, loop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = []
    for interpreter in (original, sys.executable):
        path = tmp_path / str(len(notes))
        monkeypatch.setenv("NOTES_PATH", str(path))
        server = Server(interpreter, "_stopping", loop)
        try:
            server.wait_until_ready()
            server.answer(get("/probe"))
            assert server.stop() == 0
        finally:
            server.kill()
        notes.append(path.read_text().splitlines())
    assert notes[0] == notes[1] == ["start", "task", "earliest", "second True", "first", "latest"]


@pytest.mark.parametrize(
    ("arguments", "code", "begins"),
    [
        ("--version", 0, "tremolo "),
        ("--help", 0, "Usage: "),
        ("", 1, "You must specify APP"),
        ("--nothing module:app", 1, 'Unrecognized option "--nothing"'),
        ("--port x module:app", 1, 'Invalid --port value "x"'),
        ("--bind ,: module:app", 1, 'Invalid --bind value ",:"'),
        ("--limit-memory x module:app", 1, 'Invalid --limit-memory value "x"'),
    ],
)
def test_the_command_lines_exit_the_same(
    original: str, arguments: str, code: int, begins: str
) -> None:
    for interpreter in (original, sys.executable):
        command = [interpreter, "-m", "tremolo", *arguments.split()]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == code
        assert done.stdout.lstrip().startswith(begins)


@pytest.mark.parametrize("name", APPLICATIONS)
def test_cases_and_records_are_of_a_piece(name: str) -> None:
    titles = re.findall(r"^\| (.+?) \| .+ \|$", DIFFERENCES.read_text(), re.MULTILINE)
    names = [case.name for case in cases(name)]
    assert len(set(names)) == len(names)
    assert read_records(name).keys() == {case.name for case in cases(name) if case.rows}
    for case in cases(name):
        for row in case.rows:
            assert titles.count(row) == 1, f"{case.name}: no row {row!r} in {DIFFERENCES}"


@pytest.mark.parametrize("owner", USED)
def test_names_that_programs_use_are_in_the_applications(owner: str) -> None:
    for name, applications in USED[owner].items():
        assert applications, f"{owner}.{name}: no application, and no reason in UNUSED"
        for application in applications.split():
            source = (HERE / "apps" / f"{application}.py").read_text()
            assert re.search(rf"\b{name}\b", source), f"{application} does not use {owner}.{name}"


def test_names_without_an_application_have_a_reason() -> None:
    used = {f"{owner}.{name}" for owner, names in USED.items() for name in names}
    assert not used & UNUSED.keys()
    assert all(UNUSED.values())
