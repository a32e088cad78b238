"""Which files of code have changed, for `reload`. The supervisor asks periodically."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator

#: When a file has changed, and its size; `None`: there is no such file.
Stamp = tuple[int, int] | None


class CodeWatch:
    """Watches the files of imported modules, and all files of code in some folders."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._modules: set[str] = set()
        self._changed_modules = Stamps(lambda: self._modules)
        self._changed_in_folders = watch_folders([os.path.abspath(folder) for folder in folders])
        self._changed: set[str] = set()

    def add(self, files: Iterable[str]) -> None:
        """Watches the files of modules that a worker has imported."""
        self._changed_modules.keep(files)
        self._modules.update(files)

    def settled(self) -> list[str]:
        """The files that have changed, once no other has changed between two calls: programs often
        write several."""
        newer = self._changed_modules() | self._changed_in_folders()
        self._changed |= newer
        if newer or not self._changed:
            return []
        changed, self._changed = self._changed, set()
        return sorted(changed)


class Stamps:
    """Compares files with how they were at the last call."""

    def __init__(self, paths: Callable[[], Iterable[str]]) -> None:
        self._paths = paths
        self._seen: dict[str, Stamp] = {}
        self.keep(paths())

    def keep(self, paths: Iterable[str]) -> None:
        """Files as they are now have not changed."""
        for path in paths:
            self._seen.setdefault(path, _stamp(path))

    def __call__(self) -> set[str]:
        now = {path: _stamp(path) for path in self._paths()}
        # A file that is written anew is missing for a moment.
        newer = {path for path, stamp in now.items() if stamp and stamp != self._seen.get(path)}
        self._seen.update((path, now[path]) for path in newer)
        return newer


def watch_folders(folders: list[str]) -> Callable[[], set[str]]:
    """A function that returns the files of code in these folders that have changed since its last
    call. The system reports them if the package `watchfiles` is installed; else each call looks at
    all of them."""
    if not folders:
        return set
    try:
        reports = _reported(folders)
    except ImportError:
        return Stamps(lambda: _files_in(folders))
    return lambda: next(reports, set())


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


def _reported(folders: list[str]) -> Iterator[set[str]]:
    """Changes as `watchfiles` reports them; each step waits for a millisecond."""
    import watchfiles

    watch = watchfiles.watch(
        *folders,
        watch_filter=lambda change, path: (
            change is not watchfiles.Change.deleted and _is_code(path, folders)
        ),
        debounce=50,
        step=1,
        rust_timeout=1,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
    )
    # The first step begins to watch.
    next(watch)
    return ({path for _, path in changes} for changes in watch)


def _files_in(folders: list[str]) -> Iterator[str]:
    for folder in folders:
        for place, below, files in os.walk(folder):
            below[:] = [name for name in below if _is_for_code(name)]
            yield from (os.path.join(place, name) for name in files if name.endswith(".py"))


def _is_code(path: str, folders: list[str]) -> bool:
    if not path.endswith(".py"):
        return False
    inside = (os.path.relpath(path, folder) for folder in folders if path.startswith(folder))
    return any(all(map(_is_for_code, one.split(os.sep)[:-1])) for one in inside)


def _is_for_code(folder: str) -> bool:
    return not folder.startswith(".") and folder not in ("__pycache__", "node_modules")


def _stamp(path: str) -> Stamp:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
