from tremolo import Application

app = Application()


@app.route("/hello")
async def hello():
    return "Hello World!"


if __name__ == "__main__":
    app.run("127.0.0.1", 8000)
