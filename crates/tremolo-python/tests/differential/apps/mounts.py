"""Applications mounted in others: their routes, their middleware, their patterns."""

from typing import Any

from case import get, with_rows
from rows import (
    ERRORS_KEPT,
    MOUNTED_LATER,
    ORDER,
    PAGES,
    PREFIX_ITSELF,
    RESPONSE_MIDDLEWARE,
    RETURNED,
)
from tremolo import Application
from tremolo.exceptions import NotFound

app, own, bare, deep = (Application() for _ in range(4))


def handler(name: str) -> Any:
    async def handle(request: Any, **server: Any) -> str:
        return f"{name} {request.path.decode()} {request.params.path}"

    return handle


def stamp(name: str) -> Any:
    async def before(response: Any, **server: Any) -> None:
        response.append_header("X-Before", name)

    async def after(response: Any, **server: Any) -> None:
        response.append_header("X-After", name)

    return before, after


def add_both(application: Application, name: str) -> None:
    before, after = stamp(name)
    application.add_middleware(before)
    application.add_middleware(after, "response")


add_both(app, "app")
add_both(own, "own")
deep.on_request(stamp("deep")[0])

app.add_route(handler("app index"), "/")
app.add_route(handler("app hello"), "/hello")
app.add_route(handler("app inside"), "/own/inside")
# The original mounts a pattern only where there is one already.
app.add_route(handler("app pattern"), r"^/pattern/(?P<id>\d+)")
for application, name in ((own, "own"), (bare, "bare"), (deep, "deep")):
    application.add_route(handler(f"{name} index"), "/")
    application.add_route(handler(f"{name} hello"), "/hello")
    application.add_route(handler(f"{name} named"), r"^/named/(?P<id>\d+)")
    application.add_route(handler(f"{name} numbered"), r"^/numbered/(\d+)/(\w+)")


@own.route("/raises")
async def raises(**server: Any) -> None:
    raise NotFound("not here", content_type="text/plain")


@own.error(404)
async def page(**server: Any) -> str:
    return "a page that is not used"


own.mount("/deep", deep)
app.mount("/own", own)
app.mount("/bare", bare)
app.mount("/own", own)
own.add_route(handler("own late"), "/late")

PATHS = ["/", "/hello", "/pattern/1", "/own/inside"]
for prefix in ("/own", "/bare", "/own/deep"):
    PATHS += [f"{prefix}{path}" for path in ("/", "/hello", "/named/5", "/numbered/5/a")]

OTHERS = "/own /own/late /own/raises /own/nowhere"

CASES = with_rows(
    [get(path, name=path) for path in (*PATHS, *OTHERS.split())],
    {
        RETURNED: " ".join(PATHS),
        ORDER: " ".join(PATHS),
        RESPONSE_MIDDLEWARE: " ".join((*PATHS, OTHERS)),
        PREFIX_ITSELF: "/own",
        MOUNTED_LATER: "/own/late",
        ERRORS_KEPT: "/own/raises /own/nowhere",
        PAGES: "/own/raises /own/nowhere",
    },
)
