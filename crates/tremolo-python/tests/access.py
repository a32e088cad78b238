"""A server with an access log. `python access.py HOST:PORT LOOP MODE`."""

import logging
import sys

from tremolo import Application

app = Application()


@app.route("/hello")
async def hello():
    return "hello"


@app.route("/thread")
def in_a_thread(response):
    response.set_status(201)
    return "thread"


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    mode = sys.argv[3]
    options = {"access_log": True}
    if mode == "own":
        logging.basicConfig(format="%(name)s|%(levelname)s|%(message)s")
    elif mode == "disabled":
        logging.getLogger("tremolo.access").setLevel(logging.WARNING)
    elif mode == "warning":
        options["log_level"] = "warning"
    elif mode == "off":
        options["access_log"] = False
    app.run(host, int(port), loop=sys.argv[2], **options)
