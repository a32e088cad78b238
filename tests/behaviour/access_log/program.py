"""The paths of `front/logging/program.rs` that the tests of the access log request.

`python program.py HOST:PORT LEVEL FORMAT ACCESS_LOG`
"""

import sys

from tremolo import Application
from tremolo.exceptions import InternalServerError

app = Application()


@app.route("/whole")
async def whole():
    return "hello"


@app.route("/stream")
async def stream():
    yield "ab"
    yield "cde"


@app.route("/cut")
async def cut():
    yield "ab"
    raise InternalServerError


@app.route("/raw")
async def raw(response):
    await response.send(b"raw")


@app.route("/nothing")
async def nothing():
    pass


if __name__ == "__main__":
    address, level, _, access_log = sys.argv[1:]
    host, _, port = address.rpartition(":")
    app.run(host, int(port), log_level=level, access_log=access_log)
