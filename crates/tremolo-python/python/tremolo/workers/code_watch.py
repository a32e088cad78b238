"""Which files of code have changed, for `reload`. Asked again and again; it has no thread."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator

#: When a file has changed, and its size; `None`: there is no such file.
Stamp = tuple[int, int] | None


class CodeWatch:
    """Compares files with how they were: those of imported modules, and those in folders."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._folders = [os.path.abspath(folder) for folder in folders]
        self._modules: set[str] = set()
        self._seen = {path: _stamp(path) for path in self._paths()}
        self._changed: set[str] = set()

    def add(self, files: Iterable[str]) -> None:
        """Watches the files of modules that a worker has imported."""
        for path in set(files) - self._modules:
            self._modules.add(path)
            self._seen.setdefault(path, _stamp(path))

    def settled(self) -> list[str]:
        """The files that have changed, once no other has changed between two calls: programs often
        write several."""
        now = {path: _stamp(path) for path in self._paths()}
        # A file that is written anew is missing for a moment.
        newer = {path for path, stamp in now.items() if stamp and stamp != self._seen.get(path)}
        self._seen.update((path, now[path]) for path in newer)
        self._changed |= newer
        if newer or not self._changed:
            return []
        changed, self._changed = self._changed, set()
        return sorted(changed)

    def _paths(self) -> Iterator[str]:
        yield from self._modules
        for folder in self._folders:
            for place, folders, files in os.walk(folder):
                folders[:] = [name for name in folders if _is_for_code(name)]
                yield from (os.path.join(place, name) for name in files if name.endswith(".py"))


def files_of_modules() -> list[str]:
    """The files of the modules of this process, without those of Python and of installed
    packages."""
    paths = sysconfig.get_paths()
    libraries = tuple(
        os.path.join(paths[name], "") for name in ("stdlib", "platstdlib", "purelib", "platlib")
    )
    files = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    own = (os.path.abspath(file) for file in files if isinstance(file, str))
    return sorted({file for file in own if not file.startswith(libraries)})


def _is_for_code(folder: str) -> bool:
    return not folder.startswith(".") and folder not in ("__pycache__", "node_modules")


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
