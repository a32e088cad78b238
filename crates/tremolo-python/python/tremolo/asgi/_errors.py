"""The exception of `send` for a client that has gone."""


class ClientDisconnected(ConnectionResetError):
    """`send` was called, and the client has gone. It is an `OSError`, as ASGI asks for."""
