"""What scripts with handlers share: a list of what they have seen, its page, and the server."""

import sys

seen = []


async def what_was_seen():
    taken, seen[:] = ",".join(seen), []
    return taken


def run(app, **options):
    """Serves the application and `/seen` with the first arguments of the script, HOST:PORT LOOP."""
    app.route("/seen")(what_was_seen)
    host, _, port = sys.argv[1].rpartition(":")
    loop = sys.argv[2]
    app.run(host, int(port), loop=loop, app_handler_timeout=0.1, log_level="DEBUG", **options)
