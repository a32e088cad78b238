"""Files: a video to seek in, a download to resume, a folder to browse.

`python examples/files.py [ADDRESS [FILE [FOLDER]]]`, then open <http://127.0.0.1:8000/>. `/file`
sends FILE; without FILE the example creates a file of 64 MiB. An interrupted download can be
resumed: `curl -C - -O http://127.0.0.1:8000/file`.
"""

import sys
import tempfile
from pathlib import Path

from tremolo import Application, StaticFiles

HERE = Path(__file__).parent

app = Application()


@app.route("/")
async def index(response):
    page = HERE / "files" / "page.html"
    await response.sendfile(page, content_type="text/html; charset=utf-8")


@app.route("/file")
async def whole(response, globals):  # noqa: A002 - its name
    await response.sendfile(globals.options["file"])


@app.route("/slice")
async def part(request, response, globals):  # noqa: A002
    offset = int(request.query.get("offset", ["0"])[0])
    count = int(request.query.get("count", ["-1"])[0])
    await response.sendfile(globals.options["file"], offset, count)


@app.route("/limited")
async def limited(response, globals):  # noqa: A002
    await response.sendfile(globals.options["file"], rate=1 << 20)


def make_file():
    """64 MiB of numbered lines, so that each part shows its position in the file."""
    with tempfile.NamedTemporaryFile("w", prefix="tremolo-example-", delete=False) as file:
        file.writelines(f"line {line:>10}\n" for line in range(4 << 20))
    return file.name


if __name__ == "__main__":
    address, file, folder = (*sys.argv[1:], *(None,) * 3)[:3]
    host, _, port = (address or "127.0.0.1:8000").rpartition(":")
    files = StaticFiles(folder or HERE / "files" / "public", listing=True, precompressed=True)
    app.mount("/static", files)
    app.run(host, int(port), file=file or make_file())
