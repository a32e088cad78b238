"""A server with a certificate. `python encrypted.py HOST:PORT LOOP CERT KEY PASSWORD FILE`."""

import sys

from tremolo import Application

app = Application()


@app.route("/scheme")
async def scheme(request):
    return f"{request.scheme.decode()} {request.is_secure}"


@app.route("/ip")
async def ip(request):
    return request.ip


@app.route("/echo")
async def echo(request):
    return bytes(await request.body())


@app.route("/file")
async def file(response):
    await response.sendfile(sys.argv[6])


if __name__ == "__main__":
    host, _, port = sys.argv[1].rpartition(":")
    ssl = {"cert": sys.argv[3], "key": sys.argv[4], "password": sys.argv[5]}
    app.run(
        host,
        int(port),
        loop=sys.argv[2],
        ssl=ssl,
        client_max_body_size=8 << 20,
        tls_handshake_timeout=0.5,
    )
