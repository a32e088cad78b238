"""Views: classes, modules and objects; patterns and their groups."""

import sys
from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any

from case import get, head, post, raw, with_rows
from rows import ARGUMENTS, ERRORS_KEPT, PAGES, RETURNED, UNEXPECTED, VIEW_ALLOW
from tremolo import Application

app = Application()


@app.route("/view", size=5, name="view")
class View:
    attribute = 5

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.count = 0

    async def get(self, request: Any, **server: Any) -> str:
        self.count += 1
        return f"get {sorted(self.options.items())} {self.count}"

    async def post(self, request: Any, **server: Any) -> AsyncIterator[bytes]:
        yield b"post "
        yield await request.body()

    def put(self, request: Any, **server: Any) -> str:
        return "put on a thread"

    async def delete(self, request: Any) -> str:
        return "delete"

    async def purge(self, status: Any = (203, b"Purged"), **server: Any) -> str:
        return "purge"

    @staticmethod
    async def patch(request: Any) -> str:
        return "patch"

    async def _hidden(self, **server: Any) -> str:
        return "hidden"


@app.route("/bare")
class Bare:
    async def get(self, **server: Any) -> str:
        return "bare"


@app.route("/fails", size=5)
class Fails:
    async def get(self, **server: Any) -> str:
        return "never"


class Thing:
    async def get(self, **server: Any) -> str:
        return "an object"


app.add_route(Thing(), "/object")

module = ModuleType("views_module")
sys.modules[module.__name__] = module
exec(
    "from os.path import join\n"
    "async def get(self, request):\n"
    "    return f'module {self.__name__}'\n"
    "async def post(request):\n"
    "    return 'module post'\n",
    module.__dict__,
)
app.add_route(module, "/module")


@app.route(r"^/named/(?P<id>\d+)/(?P<request>\w+)")
async def named(id: bytes, request: Any, **server: Any) -> str:  # noqa: A002
    return f"{id!r} {sorted(request.params.path.items())}"


@app.route(r"^/numbered/(\d+)/(\w+)$")
async def numbered(request: Any, **server: Any) -> str:
    return f"{request.params.path}"


@app.route(r"^/maybe/(?P<id>\d+)?")
async def maybe(id: Any = b"default", **server: Any) -> str:  # noqa: A002
    return f"{id!r}"


@app.route(r"^/rest/(?P<rest>.*)")
async def rest(rest: bytes) -> str:
    return f"{rest!r}"


@app.route("/exact")
async def exact(request: Any) -> str:
    return f"{request.params.path}"


@app.route(r"^/pattern-view/(?P<id>\d+)")
class PatternView:
    async def get(self, id: bytes, **server: Any) -> str:  # noqa: A002
        return f"{id!r}"


def method(name: str, target: str) -> Any:
    return raw(f"{target.strip('/')}-{name}", f"{name} {target} HTTP/1.1\r\nHost: h\r\n\r\n")


NOT_ALLOWED = (
    "view-_HIDDEN view-ATTRIBUTE view-OPTIONS view-get view-__INIT__ view-NONE bare-POST"
    " module-JOIN module-PUT pattern-view-POST"
)

CASES = with_rows(
    (
        get("/view"),
        head("/view"),
        post("/view", "view-POST", "body"),
        *(
            method(name, "/view")
            for name in ("PUT", "DELETE", "PURGE", "PATCH", "_HIDDEN", "ATTRIBUTE", "OPTIONS")
        ),
        *(method(name, "/view") for name in ("get", "__INIT__", "NONE")),
        get("/bare"),
        method("POST", "/bare"),
        get("/fails"),
        get("/object"),
        get("/module"),
        *(method(name, "/module") for name in ("POST", "JOIN", "PUT")),
        *(
            get(target, name=target)
            for target in (
                "/named/5/a",
                "/named/5/a?x=y",
                "/numbered/5/a",
                "/numbered/5/a?x=y",
                "/numbered/5/a/",
                "/maybe/",
                "/maybe/5",
                "/rest/a?b=1",
                "/rest/caf%C3%A9/%2F",
                "/exact",
                "/exact?a=1",
                "/pattern-view/7",
            )
        ),
        raw("pattern-view-POST", "POST /pattern-view/7 HTTP/1.1\r\nHost: h\r\n\r\n"),
    ),
    {
        RETURNED: "view view-head view-PUT view-DELETE view-PURGE bare object module"
        " /named/5/a /named/5/a?x=y /numbered/5/a /numbered/5/a?x=y /maybe/ /maybe/5 /rest/a?b=1"
        " /rest/caf%C3%A9/%2F /exact /exact?a=1 /pattern-view/7",
        ARGUMENTS: "view-PATCH module-POST",
        ERRORS_KEPT: f"fails /numbered/5/a/ {NOT_ALLOWED}",
        PAGES: f"fails /numbered/5/a/ {NOT_ALLOWED}",
        VIEW_ALLOW: NOT_ALLOWED,
        UNEXPECTED: "fails",
    },
)
