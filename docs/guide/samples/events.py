import asyncio

from tremolo import Application

app = Application()


# ANCHOR: events
@app.route("/ticks")
async def ticks(sse=None):
    last = sse.last_event_id
    for number in range(int(last) + 1 if last and last.isdecimal() else 1, 6):
        await sse.send(f"tick {number}", event_id=str(number))
        await asyncio.sleep(0.01)
    await sse.close()


# ANCHOR_END: events
