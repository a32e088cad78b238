"""The lock of all workers; the original has one in a process of its own only."""

from typing import Any

from case import get, with_rows
from tremolo import Application

app = Application()


@app.route("/with")
async def with_lock(response: Any, lock: Any, **server: Any) -> None:
    said = []
    async with lock:
        said.append("held")
    async with lock(1), lock(2):
        said.append("numbered")
    await response.end(repr(said).encode())


@app.route("/timeout")
async def timeout(response: Any, lock: Any, **server: Any) -> None:
    """Each case has locks of its own: the original releases them on a thread, some time later."""
    async with lock(3):
        try:
            await lock(3).acquire(timeout=0.05)
            said = "twice"
        except TimeoutError:
            said = "TimeoutError"
    await response.end(said.encode())


@app.route("/modulo")
async def modulo(response: Any, lock: Any, **server: Any) -> None:
    size = server["globals"].options["thread_pool_size"]
    async with lock(4):
        try:
            await lock(4 + size).acquire(timeout=0.05)
            said = "two locks"
        except TimeoutError:
            said = "one lock"
    await response.end(f"{size} {said}".encode())


@app.route("/unheld")
async def unheld(response: Any, lock: Any, **server: Any) -> None:
    lock.release()
    async with lock:
        await response.end(b"ignored")


@app.route("/same")
async def same(request: Any, response: Any, lock: Any, **server: Any) -> None:
    await response.end(repr(request.server.lock is lock).encode())


OPTIONS = {"worker_num": 1, "thread_pool_size": 5}

CASES = with_rows([get(f"/{path}") for path in ("with", "timeout", "modulo", "unheld", "same")], {})
