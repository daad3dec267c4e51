"""Servers of one function for each connection, and bytes passed on between two."""

import contextlib
import socket
import threading


def serve(address, port, handle):
    """Serves in the background until the process ends; returns the port."""
    listener = socket.create_server((address, port))

    def one(connection):
        # A client that goes away is no fault of the server's.
        with contextlib.suppress(OSError), connection:
            handle(connection)

    def all_of_them():
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=all_of_them, daemon=True).start()
    return listener.getsockname()[1]


def relay(one, other):
    """Passes bytes on in both directions until both sides have ended."""

    def pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=pump, args=(other, one), daemon=True)
    back.start()
    pump(one, other)
    back.join()
