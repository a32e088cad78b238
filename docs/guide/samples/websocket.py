from tremolo import Application

app = Application()


# ANCHOR: echo
@app.route("/shout")
async def shout(websocket=None):
    async for message in websocket:
        await websocket.send(message.upper())


# ANCHOR_END: echo
