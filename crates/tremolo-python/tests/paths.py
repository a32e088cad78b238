"""An application with parameters in its paths. Arguments: the address and the loop."""

import sys
import uuid
from typing import Annotated, Any

from tremolo import Application
from tremolo.exceptions import NotFound

app = Application()
inner = Application()


@app.route("/text/{id}")
async def text(id):  # noqa: A002
    return repr(id)


@app.route("/task/{id}")
async def task(response, id: str):  # noqa: A002
    await response.write(repr(id).encode())


@app.route("/int/{id}")
async def number(id: int):  # noqa: A002
    return repr(id)


@app.route("/float/{x}")
async def fraction(x: "float"):
    return repr(x)


@app.route("/uuid/{key}")
async def identifier(key: uuid.UUID):
    return repr(key)


@app.route("/bytes/{id}")
async def undecoded(id: bytes, request):  # noqa: A002
    return f"{id!r} {request.params.path}"


@app.route("/maybe/{id}")
async def maybe(id: int | None = None):  # noqa: A002
    return repr(id)


@app.route("/extras/{id}")
async def extras(id: Annotated[int, "a number"], thing: "Unknown" = 1):  # noqa: A002, F821
    return f"{id!r} {thing}"


@app.route("/names/{a}/{b}")
async def by_name(b: "int", *, a: Any, thing: "Unknown" = 1):  # noqa: F821
    return f"{a!r} {b!r} {thing}"


@app.route("/all/{a}/{*rest}")
async def everything(a: int, **given):
    return f"{given.get('a', a)!r} {given['rest']!r}"


@app.route("/thread/{id}")
def thread(id: int):  # noqa: A002
    return repr(id)


@app.route("/yield/{id}")
async def pieces(id: int):  # noqa: A002
    yield repr(id)


@app.route(r"/{year:\d{4}}/{slug}.html")
async def article(year: int, slug):
    return f"{year!r} {slug!r}"


@app.route("/files/{*rest}")
async def rest(rest):
    return repr(rest)


@app.route("/view/{id}")
class View:
    async def get(self, id: int):  # noqa: A002
        return f"get {id!r}"


@app.route("view/{id}/")
class More:
    async def put(self, id):  # noqa: A002
        return f"put {id!r}"


@app.route("/view/all")
async def exact():
    return "exact"


@app.route("^/view/(?P<id>.*)$")
async def expression(id):  # noqa: A002
    return f"expression {id!r}"


@app.route("/lost/{id}")
async def lost(id):  # noqa: A002
    raise NotFound(f"lost {id}")


@app.error(404)
async def page(request):
    return f"no {request.path.decode()} {request.params.path}"


@inner.on_request
async def mark(response):
    response.set_header("X-Inner", "yes")


@inner.route("/{id}")
async def mounted(id: int):  # noqa: A002
    return f"mounted {id!r}"


app.mount("/inner", inner)

if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    loop = sys.argv[2]
    app.run(host, int(port), loop={"uvloop": "uvloop.Loop"}.get(loop, loop))
