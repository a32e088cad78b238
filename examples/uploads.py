"""Uploads: each file of a form to disk, piece by piece, and a body that is answered as it arrives.

`python examples/uploads.py [ADDRESS [FOLDER]]`, then
`curl -F file=@one -F file=@two http://127.0.0.1:8000/files`, and
`curl -NT one http://127.0.0.1:8000/lines`.
"""

import re
import sys
import tempfile
from pathlib import Path

from tremolo import Application
from tremolo.exceptions import BadRequest

app = Application()


def safe_name(filename):
    """The last part of a name that a client has chosen, without anything that a path may mean."""
    name = re.sub(r"[^\w.-]", "_", filename.replace("\\", "/").rpartition("/")[2]).lstrip(".")
    if not name:
        raise BadRequest("a file without a name", content_type="text/plain")
    return name


@app.route("/files", client_max_body_size=10 << 30)
async def save_files(request, globals):  # noqa: A002 - its name
    """Only one piece is in memory, and files are written on a thread."""
    submit = globals.executor.submit
    async for part in request.files():
        if "filename" not in part:
            continue
        name, size = safe_name(part["filename"]), 0
        # "x": a file that is there already is not replaced.
        try:
            file = await submit(open, (globals.options["folder"] / name, "xb"))
        except FileExistsError:
            raise BadRequest(f"{name} is there", content_type="text/plain") from None
        try:
            async for piece in part.stream():
                size += await submit(file.write, (piece,))
        finally:
            await submit(file.close)
        yield f"{name}: {size} bytes\n"


@app.route("/lines", client_max_body_size=10 << 30)
async def count_lines(request):
    """Reads no faster than the client reads the answer."""
    size = lines = 0
    async for piece in request.stream():
        size += len(piece)
        lines += piece.count(b"\n")
        yield f"{size} bytes, {lines} lines\n"


if __name__ == "__main__":
    address, folder = (*sys.argv[1:], None, None)[:2]
    host, _, port = (address or "127.0.0.1:8000").rpartition(":")
    folder = Path(folder or tempfile.mkdtemp(prefix="tremolo-example-"))
    app.run(host, int(port), folder=folder)
