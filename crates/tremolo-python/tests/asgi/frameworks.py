"""Applications of Starlette and FastAPI, as their users write them."""

import asyncio
import contextlib

import fastapi
from fastapi import BackgroundTasks, FastAPI, File, Form, UploadFile, WebSocket
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Mount, Route
from tremolo import Application
from tremolo.asgi import ASGI

seen = []


@contextlib.asynccontextmanager
async def lifespan(app):
    seen.append("started")
    yield {"resource": "ready"}
    print("stopped", flush=True)


app = FastAPI(lifespan=lifespan)


@app.get("/seen")
async def tell_seen():
    told = list(seen)
    seen.clear()
    return told


@app.get("/items/{number}")
async def item(number: int, q: str | None = None):
    return {"number": number, "q": q}


@app.get("/thread")
def in_thread(request: fastapi.Request):
    return {"client": request.client.host, "resource": request.state.resource}


@app.post("/upload")
async def upload(file: UploadFile = File(), name: str = Form()):  # noqa: B008
    return {"name": name, "size": len(await file.read())}


@app.get("/background")
async def background(tasks: BackgroundTasks):
    async def later():
        await asyncio.sleep(0.01)
        seen.append("background")

    tasks.add_task(later)
    return "done"


@app.get("/endless")
async def endless():
    async def pieces():
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0)
        finally:
            seen.append("closed")

    return StreamingResponse(pieces())


@app.get("/fails")
async def fails():
    raise ValueError("expected in the log")


@app.get("/missing")
async def missing():
    raise fastapi.HTTPException(404, "not here", {"x-own": "1"})


@app.websocket("/chat")
async def chat(websocket: WebSocket):
    await websocket.accept()
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text.upper())
    finally:
        seen.append("left")


async def starlette_json(request):
    return JSONResponse({"path": request.url.path, "body": (await request.body()).decode()})


async def starlette_file(request):
    return FileResponse(__file__)


async def add_header(request, call_next):
    response = await call_next(request)
    response.headers["x-middleware"] = "1"
    return response


starlette = Starlette(
    routes=[
        Mount("/below", routes=[Route("/json", starlette_json, methods=["GET", "POST"])]),
        Route("/file", starlette_file),
        Route("/json", starlette_json, methods=["GET", "POST"]),
    ],
    middleware=[Middleware(BaseHTTPMiddleware, dispatch=add_header)],
)

#: Both below prefixes of an application of this package, which has middleware.
mounted = Application()
mounted.mount("/api", ASGI(app))
mounted.mount("/old", ASGI(starlette))


@mounted.route("/own")
async def own():
    return "own"


guarded = Application()
guarded.mount("/", ASGI(starlette))


@guarded.on_request
async def check(request, response):
    response.set_header("x-request", "1")
    if request.path == b"/refused":
        return b"refused"
    return None


@guarded.on_response
async def mark(response):
    response.set_header("x-response", "1")
