"""`python -m tremolo [OPTIONS] APP`."""

from __future__ import annotations

from ._cli.main import bind, main, usage, version

__all__ = ["bind", "main", "usage", "version"]

if __name__ == "__main__":
    main()
