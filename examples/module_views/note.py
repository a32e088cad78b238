"""A note that can be read, replaced and deleted; of other methods there are none (405)."""

from tremolo.exceptions import NotFound

_notes = {}


async def get():
    if "text" not in _notes:
        raise NotFound
    return _notes["text"]


async def put(request):
    _notes["text"] = bytes(await request.body())
    return _size()


async def delete(response):
    _notes.clear()
    response.set_status(204)
    return b""


def _size():
    """Its name begins with an underscore: it is not a method."""
    return f"{len(_notes['text'])} bytes\n"
