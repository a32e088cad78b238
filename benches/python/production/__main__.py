"""Runs `examples/server` of both fronts as in production: `cargo xtask production` starts it.

Each case starts a server, puts load on it, and fails if a request fails that should not. The report
is a table. It needs Linux, `wrk` and `slowhttptest`.
"""

import argparse
import asyncio
import functools
import signal
import sys
import time
from pathlib import Path

import limits
import mixed
import restarts
from servers import PROGRAMS, raise_limit

CASES = {
    "takeover": restarts.takeover,
    "killed": restarts.killed,
    "descriptors": limits.descriptors,
    "idle": limits.idle,
    "slow": limits.slow,
    "mixed": mixed.mixed,
}


def arguments():
    parser = argparse.ArgumentParser(prog="cargo xtask production", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--front", choices=["rust", "python"], help="default: both")
    parser.add_argument("--minutes", type=float, default=10, help="of mixed load; default 10")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--debug", action="store_true", help="debug builds")
    parser.add_argument("--markdown", type=Path, help="also writes the report to this file")
    given = parser.parse_args()
    if unknown := set(given.cases) - set(CASES):
        parser.error(f"unknown cases: {', '.join(unknown)}")
    return given


def run(name, program, given):
    """Whether the case has passed, and its report."""
    case = CASES[name]
    if case is mixed.mixed:
        case = functools.partial(case, minutes=given.minutes)
    try:
        return True, asyncio.run(case(program, {"worker_num": given.workers}))
    except Exception as error:
        return False, f"{type(error).__name__}: {error}"


def main():
    given = arguments()
    raise_limit()
    # Else the servers would outlive this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    lines = ["| front | case | | report |", "| --- | --- | --- | --- |"]
    failed = False
    for front in [given.front] if given.front else ["rust", "python"]:
        program = PROGRAMS[front, "debug" if given.debug else "release"]
        for name in given.cases or CASES:
            begin = time.monotonic()
            passed, report = run(name, program, given)
            failed |= not passed
            verdict = f"{'passed' if passed else 'FAILED'}, {time.monotonic() - begin:.0f} s"
            lines.append(f"| {front} | {name} | {verdict} | {report} |")
            print(lines[-1], flush=True)
    if given.markdown:
        given.markdown.write_text("\n".join(lines) + "\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
