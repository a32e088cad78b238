"""A server with a certificate.

`python encrypted.py HOST:PORT LOOP CERT KEY PASSWORD FILE [OPTIONS]`; the options are JSON, and
`plain` among them those of a listener that is not encrypted.
"""

import json
import sys

from tremolo import Application

app = Application()


@app.route("/scheme")
async def scheme(request):
    return f"{request.scheme.decode()} {request.is_secure}"


@app.route("/tls")
async def tls(request):
    return f"{request.tls.version} {request.tls.cipher} {request.tls.server_name}"


@app.route("/certificate")
def certificate(request):
    found = request.client_certificate
    if found is None:
        return "none"
    names = "subject common_name issuer serial_number fingerprint alternative_names".split()
    shown = {name: getattr(found, name) for name in names}
    return json.dumps({**shown, "der": found.der.hex()})


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
    options = {"tls_handshake_timeout": 0.5, **json.loads(sys.argv[7] if sys.argv[7:] else "{}")}
    if plain := options.pop("plain", None):
        app.listen(0, "localhost", ssl=None, **plain)
    ssl = {"cert": sys.argv[3], "key": sys.argv[4], "password": sys.argv[5]}
    app.run(
        host,
        int(port),
        loop=sys.argv[2],
        ssl=ssl,
        client_max_body_size=8 << 20,
        **options,
    )
