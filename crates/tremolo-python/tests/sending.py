"""Handlers that send files. `python sending.py HOST:PORT LOOP FOLDER`; see `test_files.py`."""

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tremolo import Application, StaticFiles

FOLDER = Path(sys.argv[3])
#: Its name is in no encoding.
ODD = os.fsencode(FOLDER) + b"/\xff.bin"
LONG = FOLDER / "long.bin"

app = Application()
threads = []
pool = ThreadPoolExecutor(1, "own")


def cold(path):
    """The same file by a name that is never in the cache of names, for it is the kernel's."""
    return f"/proc/self/root{path}"


class Like:
    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


@app.route("/hello")
async def hello():
    return "Hello World!"


@app.route("/path")
async def path(request, response):
    spelled = {
        "str": os.fsdecode(ODD),
        "bytes": ODD,
        "like-str": Like(os.fsdecode(ODD)),
        "like-bytes": Like(ODD),
        "pathlib": Path(os.fsdecode(ODD)),
        "none": None,
        "nul": "a\0b",
    }
    try:
        await response.sendfile(spelled[request.query_string.decode()])
    except (TypeError, OSError) as error:
        return type(error).__name__


@app.route("/slice")
async def part(request, response):
    offset, count = eval(request.query["of"][0])
    await response.sendfile(ODD, offset, count, 4, b"text/x-part", None, rate=0, other=1)
    return True


class Submits:
    """What is no executor, but has a `submit`."""

    def __init__(self, of_loop):
        self.of_loop = of_loop

    def submit(self, function, args=(), kwargs=None, name=None):
        def call():
            threads.append(threading.current_thread().name)
            return function(*args)

        if self.of_loop:
            return asyncio.get_running_loop().run_in_executor(pool, call)
        return pool.submit(call)


class Noting(ThreadPoolExecutor):
    def submit(self, function, /, *args, **kwargs):
        def call():
            threads.append(threading.current_thread().name)
            return function(*args, **kwargs)

        return super().submit(call)


EXECUTORS = {
    "pool": Noting(1, "noting"),
    "loop": Submits(of_loop=True),
    "future": Submits(of_loop=False),
}


@app.route("/executor")
async def on_executor(request, response, globals):  # noqa: A002 - its name
    name, kind = request.query_string.decode().split(",")
    target = {"warm": ODD, "cold": cold(os.fsdecode(ODD)), "missing": cold("/nothing")}[kind]
    del threads[:]
    executor = globals.executor if name == "of-handlers" else EXECUTORS.get(name)
    await response.sendfile(target, executor=executor)


@app.route("/executed")
async def executed():
    return ",".join(threads)


@app.route("/plain")
def plain(response):
    response.set_header("X-Thread", threading.current_thread().name)
    response.sendfile(cold(os.fsdecode(ODD)))
    return True


@app.route("/plain-missing")
def plain_missing(response):
    try:
        response.sendfile(FOLDER / "nothing")
    except FileNotFoundError as error:
        return f"{error.errno} {error.filename == str(FOLDER / 'nothing')}"


@app.route("/error")
async def error(request, response):
    kind, target = request.query_string.decode().split(",")
    try:
        await response.sendfile((cold if kind == "cold" else str)(FOLDER / target))
    except Exception as error:
        response.set_content_type("text/plain")
        bases = ",".join(base.__name__ for base in type(error).__mro__)
        return f"{error}|{error.errno}|{error.filename.endswith(target)}|{bases}"


@app.route("/refused")
async def refused(response):
    try:
        await response.sendfile(ODD)
    except Exception as error:
        return f"{type(error).__name__} {error.code} {error.fields}"


@app.route("/ranged")
async def ranged(response):
    response.set_cookie("a", "b")
    response.headers[b"x-own"] = [b"1"]
    await response.sendfile(ODD)


@app.route("/rest")
async def rest(response):
    await response.write(b"before ")
    await response.sendfile(ODD)


@app.route("/long")
async def long(response):
    await response.sendfile(LONG)


@app.route("/numbers")
def numbers():
    status = Path("/proc/self/status").read_text()
    found = dict(line.split(":", 1) for line in status.splitlines())
    return f"{found['VmRSS'].split()[0]} {found['Threads']}"


@app.error(416)
async def no_such_range(exc):
    return f"page for {exc.code}"


@app.error(404)
async def not_found(exc, request):
    return f"page for {exc.code}: {exc}" if request.path.startswith(b"/own") else None


app.mount("/static", StaticFiles(FOLDER, index_files=["odd"], cache_control="max-age=60"))
app.mount("/own/", StaticFiles(os.fsencode(FOLDER), content_types={".bin": "x/y", "": "n/o"}))

if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port), loop=sys.argv[2], thread_pool_size=2, log_level="DEBUG")
