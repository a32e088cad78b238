"""Runs one of the applications under whichever Tremolo this interpreter has.

`python serve.py APPLICATION LOOP PORT`
"""

import importlib
import sys
from typing import Any

from tremolo import Application


async def probe(response: Any) -> None:
    await response.end(b"still good")


def main() -> None:
    name, loop, port = sys.argv[1:]
    module = importlib.import_module(f"apps.{name}")
    app: Application = module.app
    app.add_route(probe, "/probe")
    # The original takes the name of a module and of what it has; so do we.
    loop = {"asyncio": "asyncio", "uvloop": "uvloop.Loop"}[loop]
    options = {
        "worker_num": 0,
        "loop": loop,
        "client_max_body_size": 1000,
        "app_close_timeout": 0.2,
        # What the application itself asks for.
        **getattr(module, "OPTIONS", {}),
    }
    app.run("127.0.0.1", int(port), **options)


if __name__ == "__main__":
    main()
