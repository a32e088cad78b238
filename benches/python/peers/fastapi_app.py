"""An application of FastAPI, for all ASGI servers: the first one of its tutorial."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/fastapi")
async def root():
    return {"message": "Hello World"}
