"""A WebSocket that sends each message back.

`python examples/websocket_echo.py`, then in the console of a browser:
`s = new WebSocket("ws://127.0.0.1:8000/"); s.onmessage = e => console.log(e.data)` and
`s.send("hello")`. A request that opens no WebSocket gets 426.
"""

import sys

from tremolo import Application

app = Application()


@app.route("/")
async def echo(websocket):
    async for message in websocket:
        await websocket.send(message)


if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
