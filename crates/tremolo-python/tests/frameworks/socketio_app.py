"""Socket.IO, as its users write it."""

import socketio

server = socketio.AsyncServer(async_mode="asgi")
app = socketio.ASGIApp(server)


@server.event
async def connect(session, environ):
    await server.emit("welcome", {"session": session}, to=session)


@server.event
async def shout(session, text):
    return text.upper()


@server.event
async def everyone(session, text):
    await server.emit("news", text)
