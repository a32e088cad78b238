"""The build backend: maturin's, but without a Rust compiler a build ends with one sentence.

Maturin would download a compiler, which few people want of a `pip install`, and which often fails.
"""

import functools
import os
import re
import subprocess
from collections.abc import Callable
from typing import Any

import maturin

#: The oldest compiler that will do: `rust-version` in the Cargo.toml of the workspace.
RUST_VERSION = (1, 88)

# Maturin warns if it is not the backend itself.
os.environ.setdefault("MATURIN_NO_MISSING_BUILD_BACKEND_WARNING", "1")


def _checked(hook: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(hook)
    def call(*args: Any, **options: Any) -> Any:
        found = _version_of("cargo") and _version_of(os.environ.get("RUSTC", "rustc"))
        if found is None or found < RUST_VERSION:
            needed = ".".join(map(str, RUST_VERSION))
            there = "none was found" if found is None else f"found {'.'.join(map(str, found))}"
            raise SystemExit(
                f"tremolo-http is compiled when it is installed, and needs Rust {needed} or later "
                f"for that ({there}): install it from https://rustup.rs and try again."
            )
        return hook(*args, **options)

    return call


def _version_of(program: str) -> tuple[int, int] | None:
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.match(r"\w+ (\d+)\.(\d+)", said.stdout)
    return (int(found[1]), int(found[2])) if found else None


# The hooks of PEP 517 and PEP 660.
get_requires_for_build_wheel = _checked(maturin.get_requires_for_build_wheel)
get_requires_for_build_editable = _checked(maturin.get_requires_for_build_editable)
prepare_metadata_for_build_wheel = _checked(maturin.prepare_metadata_for_build_wheel)
prepare_metadata_for_build_editable = _checked(maturin.prepare_metadata_for_build_editable)
build_wheel = _checked(maturin.build_wheel)
build_editable = _checked(maturin.build_editable)
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
build_sdist = maturin.build_sdist
