"""The package itself: the error of a build without a compiler, and of an import of mixed files."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
OVERLAY = PACKAGE / "wheel" / "purelib"


def build(path, tools):
    """Runs a hook of the build backend where only these tools can be found."""
    for name, said in tools.items():
        tool = path / name
        tool.write_text(f"#!/bin/sh\necho '{said}'\n")
        tool.chmod(0o755)
    code = "import rust_backend; print(rust_backend.get_requires_for_build_wheel())"
    environment = {"PATH": str(path), "PYTHONPATH": str(PACKAGE / "backend")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("tools", "there"),
    [
        ({}, "none was found"),
        ({"cargo": "cargo 1.90.0"}, "none was found"),
        ({"cargo": "cargo 1.70.0", "rustc": "rustc 1.70.0 (x)"}, "found 1.70"),
        ({"cargo": "error: no default toolchain", "rustc": ""}, "none was found"),
    ],
)
def test_a_build_without_a_compiler_ends_with_one_sentence(tmp_path, tools, there):
    built = build(tmp_path, tools)
    assert built.returncode == 1
    assert built.stdout == ""
    assert built.stderr.count("\n") == 1
    assert "needs Rust 1.88 or later" in built.stderr
    assert there in built.stderr


def test_a_build_with_a_compiler_goes_on(tmp_path):
    built = build(tmp_path, {"cargo": "cargo 1.88.0", "rustc": "rustc 1.88.0 (x 2025-01-01)"})
    assert (built.returncode, built.stderr) == (0, "")


def test_the_oldest_compiler_is_that_of_the_workspace():
    workspace = tomllib.loads((PACKAGE.parents[1] / "Cargo.toml").read_text())
    wanted = workspace["workspace"]["package"]["rust-version"]
    source = (PACKAGE / "backend" / "rust_backend.py").read_text()
    found = re.search(r"^RUST_VERSION = \((\d+), (\d+)\)$", source, re.MULTILINE)
    assert f"{found[1]}.{found[2]}" == ".".join(wanted.split(".")[:2])


@pytest.mark.parametrize(("mixed", "count"), [(True, 1), (False, 0)])
def test_an_import_warns_where_the_original_lies_over_ours(tmp_path, mixed, count):
    for file in OVERLAY.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "tremolo").mkdir()
    (tmp_path / "tremolo" / "__init__.py").write_text("")
    if mixed:
        (tmp_path / "tremolo" / "http_server.py").write_text("")
    code = (
        "import site, sys; sys.path.insert(0, sys.argv[1]); site.addsitedir(sys.argv[1]);"
        "print('before', file=sys.stderr); import tremolo; import tremolo"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path)],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    before, after = ran.stderr.split("before\n")
    assert before == ""
    assert after.count("RuntimeWarning: files of the package `tremolo` lie among") == count
