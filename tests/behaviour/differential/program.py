"""Reads the body of each request, and reports it in a field; the twin of `program.rs`.

`python program.py HOST:PORT`
"""

import sys

from tremolo import Application

app = Application()


@app.route("^")
@app.route("*")
async def seen(request, response):
    body = await request.body()
    method = request.method.decode()
    response.set_header("X-Seen", f"{method} {len(body)} {sum(body) % 65536}")
    return b""


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(host, int(port))
