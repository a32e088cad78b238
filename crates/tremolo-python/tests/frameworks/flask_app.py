"""Flask, as its users write it."""

from flask import Flask, Response, request, session

app = Flask(__name__)
app.secret_key = "a key of the tests"


@app.get("/")
def index():
    session["visits"] = session.get("visits", 0) + 1
    return {"visits": session["visits"], "path": request.path, "root": request.script_root}


@app.post("/echo")
def echo():
    return request.get_data()


@app.post("/form")
def form():
    files = {name: len(file.read()) for name, file in request.files.items()}
    return {"fields": request.form.to_dict(), "files": files}


@app.get("/stream")
def stream():
    return Response((f"{number}" for number in range(3)), mimetype="text/plain")


@app.get("/fails")
def fails():
    raise ValueError("expected in the log")
