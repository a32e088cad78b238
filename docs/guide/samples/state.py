import itertools

from tremolo import Application

app = Application()


# ANCHOR: state
@app.on_worker_start
async def start(globals):
    globals.visits = itertools.count(1)


@app.route("/")
async def count(globals):
    return f"visit {next(globals.visits)}"


# ANCHOR_END: state
