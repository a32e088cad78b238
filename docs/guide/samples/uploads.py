import tempfile

from tremolo import Application

app = Application()


# ANCHOR: upload
@app.route("/upload", client_max_body_size=300 << 20)
async def upload(request, globals):
    submit = globals.executor.submit
    async for part in request.files():
        if "filename" not in part:
            continue
        # The file has no name, and is gone when it is closed. Never use a client's name as a path.
        with tempfile.TemporaryFile() as file:
            size = 0
            async for piece in part.stream():
                size += await submit(file.write, (piece,))
        yield f"{part['name']}: {size} bytes\n"


# ANCHOR_END: upload
