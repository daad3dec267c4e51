"""A name server that knows a few names, never answers for one, and says of all others that there are none."""

import socket
import struct
import threading


class NameServer:
    def __init__(self, address, known, silent):
        self.known, self.silent = known, silent
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self):
        while True:
            query, client = self.socket.recvfrom(512)
            labels, at = [], 12
            while length := query[at]:
                labels.append(query[at + 1 : at + 1 + length].decode().lower())
                at += 1 + length
            if ".".join(labels) == self.silent:
                continue
            question = query[12 : at + 5]
            kind = struct.unpack("!H", query[at + 1 : at + 3])[0]
            address = self.known.get(".".join(labels))
            # Recursion available; 3: no such name. Of a known name there is only an IPv4 address.
            flags = 0x8180 if address else 0x8183
            record = b""
            if address and kind == 1:
                record = struct.pack("!HHHIH", 0xC00C, 1, 1, 1, 4) + socket.inet_aton(address)
            header = query[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0)
            self.socket.sendto(header + question + record, client)
