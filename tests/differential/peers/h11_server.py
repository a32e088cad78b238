"""A server on h11: reads the body of each request, and reports it in a field.

`python h11_server.py HOST:PORT`
"""

import asyncio
import sys

import h11


class Peer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.state = h11.Connection(h11.SERVER)
        self.method, self.length, self.sum = b"", 0, 0

    def data_received(self, data):
        self.state.receive_data(data)
        try:
            self.advance()
        except h11.RemoteProtocolError as error:
            self.refuse(error.error_status_hint)

    def advance(self):
        while True:
            event = self.state.next_event()
            if event is h11.NEED_DATA:
                if self.state.they_are_waiting_for_100_continue:
                    self.send(h11.InformationalResponse(status_code=100, headers=[]))
                return
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                return
            if isinstance(event, h11.Request):
                self.method, self.length, self.sum = event.method, 0, 0
            elif isinstance(event, h11.Data):
                self.length += len(event.data)
                self.sum += sum(event.data)
            elif isinstance(event, h11.EndOfMessage) and not self.answer():
                return

    def answer(self):
        """Whether another request may follow."""
        if self.method == b"CONNECT":
            self.refuse(501)
            return False
        seen = f"{self.method.decode()} {self.length} {self.sum % 65536}"
        headers = [("X-Seen", seen), ("Content-Length", "0")]
        self.send(h11.Response(status_code=200, headers=headers))
        self.send(h11.EndOfMessage())
        if self.state.our_state is h11.MUST_CLOSE:
            self.transport.close()
            return False
        self.state.start_next_cycle()
        return True

    def refuse(self, status):
        if self.state.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [("Content-Length", "0"), ("Connection", "close")]
            self.send(h11.Response(status_code=status, headers=headers))
        self.transport.close()

    def send(self, event):
        self.transport.write(self.state.send(event))


async def main():
    host, port = sys.argv[1].split(":")
    server = await asyncio.get_running_loop().create_server(Peer, host, int(port), backlog=1024)
    print(f"http://{host}:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
