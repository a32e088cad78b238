"""Writes into a file in which order the hooks of a worker run that stops."""

import os
from typing import Any

from tremolo import Application

app = Application()


def note(name: str) -> None:
    with open(os.environ["NOTES_PATH"], "a") as notes:
        notes.write(f"{name}\n")


@app.on_worker_start
async def start(app: Any, **everything: Any) -> None:
    async def task() -> None:
        note("task")

    note("start")
    app.create_task(task())


@app.on_worker_stop
async def first(**everything: Any) -> None:
    note("first")


@app.on_worker_stop()
async def second(context: Any, globals: Any, **everything: Any) -> None:  # noqa: A002
    note(f"second {context is globals}")


@app.on_worker_stop(priority=1)
async def earliest(**everything: Any) -> None:
    note("earliest")


async def latest(**everything: Any) -> bool:
    note("latest")
    return True


app.add_hook(latest, "worker_stop", 1000)


@app.on_worker_stop(priority=1001)
async def never(**everything: Any) -> None:
    note("never")
