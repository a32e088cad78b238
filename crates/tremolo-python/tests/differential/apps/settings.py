"""The options of `run`, as an application sees them in `globals.options`."""

from typing import Any

from case import get, with_rows
from rows import NOT_GIVEN, RATE_LIMIT
from tremolo import Application

app = Application()

#: Those of which both have the default.
SAME = (
    "app_close_timeout app_handler_timeout buffer_size client_max_body_size client_max_header_size"
    " debug experimental keepalive_timeout max_queue_size request_timeout root_path server_name"
    " shutdown_timeout ws ws_max_payload_size"
).split()
RATES = ["download_rate", "upload_rate"]
#: Those that the original has only if they are given.
MISSING = "backlog keepalive_connections limit_memory ssl thread_pool_size".split()


def shows(name: str) -> None:
    async def handler(response: Any, **server: Any) -> None:
        value = server["globals"].options.get(name, "none")
        value = f"{value:g}" if isinstance(value, float) else str(value)
        await response.end(value.encode())

    app.add_route(handler, f"/{name}")


for name in (*SAME, *RATES, *MISSING):
    shows(name)


@app.route("/own")
async def own(request: Any, response: Any, **server: Any) -> None:
    given = server["globals"].options
    await response.end(
        repr([given["of_the_application"], request.server.options is given]).encode()
    )


OPTIONS = {"of_the_application": {"any": "value"}}

CASES = with_rows(
    [get(f"/{name}") for name in (*SAME, *RATES, *MISSING, "own")],
    {RATE_LIMIT: " ".join(RATES), NOT_GIVEN: " ".join(MISSING)},
)
