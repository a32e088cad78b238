"""The application of the tests of hooks; `python hooks.py ADDRESS LOOP [FAULT]`."""

import asyncio
import sys

from tremolo import Application

app = Application()
below = Application()
events = []
fault = sys.argv[3] if len(sys.argv) > 3 else ""


@app.on_worker_start
async def start_later(globals, **everything):  # noqa: A002
    events.append(f"start later {sorted(everything)}")
    globals.made = "at start"
    if fault == "start":
        raise ValueError("no start")


@app.on_worker_start(priority=1)
def start_first(context, globals):  # noqa: A002
    events.append(f"start first {context is globals}")


@app.on_connect
async def connect(context, **everything):
    events.append(f"connect {sorted(everything)}")
    await asyncio.sleep(0)
    context.number = len(events)
    if fault == "connect":
        raise PermissionError("not you")


@app.on_connect
def connect_next(context):
    events.append("connect next")
    return fault == "chain"


@app.on_connect
async def connect_last():
    events.append("connect last")


@below.on_close
async def close_below(context):
    await asyncio.sleep(0)
    events.append(f"close below {context.get('number') is not None}")


@app.on_close
async def close_fails():
    events.append("close fails")
    raise ValueError("at close")


@app.on_close(priority=1)
def close_first(context):
    events.append("close first")


@app.on_worker_stop
async def stop():
    print("stop", len(events) > 0, file=sys.stderr)


@app.on_worker_stop
async def stop_before():
    print("stop before", file=sys.stderr)


@app.route("/made")
async def made(globals, context):  # noqa: A002
    return f"{globals.made} {context.number > 0}"


@app.route("/events")
async def show():
    shown = "\n".join(events)
    events.clear()
    return shown


app.mount("/below", below)

if __name__ == "__main__":
    host, port = sys.argv[1].split(":")
    loop = sys.argv[2]
    app.run(host, int(port), loop={"uvloop": "uvloop.Loop"}.get(loop, loop))
