"""Options as an application sees and changes them. `python options.py HOST:PORT LOOP`."""

import sys

from tremolo import Application

app = Application()


@app.route("/globals")
async def show_globals(request, globals):  # noqa: A002 - its name
    assert request.protocol.options is globals.options
    return "\n".join(f"{name}={value!r}" for name, value in globals.options.items())


@app.route("/own")
async def own(request, rate=5, foo=1):
    return repr(request.ctx.options)


@app.route("/none")
async def none(request):
    return repr(request.ctx.options)


@app.route("/change")
async def change(request):
    lines = []
    for name, value in [
        ("download_rate", 1),
        ("request_timeout", 1),
        ("ws", False),
        ("mine", 2),
        ("client_max_body_size", 1000),
    ]:
        try:
            request.protocol.options[name] = value
        except ValueError as error:
            lines.append(str(error))
        else:
            lines.append(f"{name}: changed")
    return "\n".join(lines)


@app.route("/nowhere-raises")
async def raises():
    raise KeyError("for the log")


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    app.run(
        host,
        int(port),
        loop=sys.argv[2],
        worker_num=0,
        ws=True,
        reload=False,
        ssl=None,
        client_max_body_size=1000,
        download_rate=1 << 20,
        buffer_size=8192,
        log_fmt="%(levelname)s! %(message)s",
        mine="own",
    )
