"""Handlers that send for ever without waiting for anything."""

import asyncio

PIECE = b"0123456789abcdef"


def add_routes(app, events):
    """Each sets an event when its clean-up has run."""

    @app.route("/endless/pulled")
    async def pulled():
        try:
            while True:
                yield PIECE
        finally:
            events.append("closed")

    @app.route("/endless/task")
    async def task():
        try:
            await asyncio.sleep(0)
            while True:
                yield PIECE
        finally:
            events.append("closed")

    @app.route("/endless/thread")
    def thread():
        try:
            while True:
                yield PIECE
        finally:
            events.append("closed")

    @app.route("/endless/returned")
    async def returned():
        def pieces():
            try:
                while True:
                    yield PIECE
            finally:
                events.append("closed")

        return pieces()

    @app.route("/endless/no-content")
    async def no_content(status=204):
        try:
            while True:
                yield PIECE
        finally:
            events.append("closed")

    @app.route("/endless/nothing")
    async def nothing():
        try:
            while True:
                yield None
        finally:
            events.append("closed")

    @app.route("/endless/nothing-task")
    async def nothing_task():
        try:
            await asyncio.sleep(0)
            while True:
                yield None
        finally:
            events.append("closed")

    @app.route("/endless/written")
    async def written(response):
        try:
            while True:
                await response.write(PIECE)
        finally:
            events.append("closed")

    @app.route("/endless/failing")
    async def failing(response):
        try:
            while True:
                try:
                    await response.write(PIECE)
                except ConnectionError:
                    continue
        finally:
            events.append("closed")
