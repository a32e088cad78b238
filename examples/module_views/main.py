"""Views that are modules: each of its public functions serves the method of its name.

`python examples/module_views/main.py`, then `curl -X PUT -d Hello http://127.0.0.1:8000/note`.
"""

import sys

import note
import status
from tremolo import Application

app = Application()
app.add_route(note, "/note")
app.add_route(status, "/status")

if __name__ == "__main__":
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8000").rpartition(":")
    app.run(host, int(port))
