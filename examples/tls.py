"""Serves HTTPS: `python3 examples/tls.py 127.0.0.1:8443 cert.pem key.pem`, with the files that
`openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost` makes.
"""

import sys

from tremolo import Application

app = Application()


@app.route("/")
async def hello(request):
    certificate = request.client_certificate
    name = certificate.common_name if certificate else None
    return f"Hello {name or 'you'} over {request.tls.version}"


@app.route("/echo")
async def echo(request):
    return await request.body()


if __name__ == "__main__":
    given = sys.argv[1:]
    address, cert, key = given + ["127.0.0.1:8443", "cert.pem", "key.pem"][len(given) :]
    host, _, port = address.rpartition(":")
    app.run(host, int(port), tls_cert=cert, tls_key=key, hsts_max_age=365 * 86_400)
