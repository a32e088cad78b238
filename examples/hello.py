"""The shortest server: `curl http://127.0.0.1:8000/hello`."""

import sys

from tremolo import Application

app = Application()


@app.route("/hello")
async def hello():
    return "Hello World!"


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
