"""Runs the tests of the ASGI specification with several servers; prints which tests each passes.

`cargo xtask asgi-table` writes it into `docs/asgi.md`.
"""

import importlib.metadata
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
SERVERS = {"tremolo": "tremolo-http", "uvicorn": None, "granian": None, "hypercorn": None}
MODULES = {"test_http": "HTTP", "test_sockets": "WebSocket"}
#: From what is better to what is worse: a test with several parameters has the worst result.
RESULTS = ("-", "yes", "no")

PAGE = """# ASGI: which server passes which test

Made by `cargo xtask asgi-table`: the tests in `crates/tremolo-python/tests/asgi` (`test_http.py`
and `test_sockets.py`), with each server in one process on asyncio, with its default options. A
test is about one sentence of the ASGI specification or of the RFCs. Tests of what they leave open
are run with Tremolo only: they are not in this table.

- *yes*: it passes; of a test with several parameters: all of them.
- *no*: it fails.
- `-`: a test of an extension that the server does not offer.

{summary}.
"""


def results(server, folder):
    """The result of each test, by module and name."""
    report = Path(folder) / f"{server}.xml"
    modules = [str(HERE / f"{module}.py") for module in MODULES]
    settings = HERE.parent.parent / "pyproject.toml"
    options = ["-q", "--timeout", "12", f"--junitxml={report}", "-c", str(settings)]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, *modules],
        env={**os.environ, "ASGI_SERVER": server},
        stdout=sys.stderr,
        check=False,
    )
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        skipped = case.find("skipped")
        if skipped is not None and "leaves it open" in skipped.get("message", ""):
            continue
        failed = case.find("failure") is not None or case.find("error") is not None
        result = "-" if skipped is not None else "no" if failed else "yes"
        module = case.get("classname").rpartition(".")[2]
        key = module, case.get("name").partition("[")[0]
        found[key] = max(found.get(key, "-"), result, key=RESULTS.index)
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        columns = {server: results(server, folder) for server in SERVERS}
    # A test that only Tremolo is run with is no row.
    keys = [key for key in columns["tremolo"] if key in columns["uvicorn"]]
    versions = [
        f"{server} {importlib.metadata.version(package or server)}"
        for server, package in SERVERS.items()
    ]
    passed = [
        [[column.get(key, "-") for key in keys].count(result) for result in ("yes", "no", "-")]
        for column in columns.values()
    ]
    summary = ", ".join(
        f"{version} ({yes} yes, {no} no, {absent} not offered)"
        for version, (yes, no, absent) in zip(versions, passed, strict=True)
    )
    print(PAGE.format(summary=summary), end="")
    for module, title in MODULES.items():
        print(f"\n## {title}\n\n| | {' | '.join(SERVERS)} |")
        print("| --- |" + " --- |" * len(SERVERS))
        for key in keys:
            if key[0] == module:
                sentence = key[1].removeprefix("test_").replace("_", " ")
                cells = (column.get(key, "-") for column in columns.values())
                print(f"| {sentence} | {' | '.join(cells)} |")


main()
