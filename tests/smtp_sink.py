"""A mail server for tests, on the loopback: it takes messages, refuses some, and can be slow."""

import re
import socketserver
import threading
import time

from tests.patience import free_port

MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


class _Session(socketserver.StreamRequestHandler):
    """One connection; the little of SMTP that a client needs."""

    def handle(self):
        self.server.waiting[self] = time.monotonic()
        try:
            self.converse()
        except ConnectionResetError:
            pass  # the client was killed
        finally:
            self.server.waiting.pop(self, None)

    def converse(self):
        self.say(220, "sink")
        recipient = None
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.decode().partition("<")[2].partition(">")[0]
                refused = recipient.startswith("refused")
                self.say(550 if refused else 250, "no such user" if refused else "ok")
            elif verb == b"DATA":
                self.say(354, "go on")
                self.take(recipient)
            elif verb == b"QUIT":
                self.say(221, "bye")
                return
            else:
                self.say(250, "ok")

    def take(self, recipient):
        content = b"".join(iter(self.rfile.readline, b".\r\n"))
        self.server.waiting.pop(self, None)
        message_id = MESSAGE_ID.search(content).group(1).decode()
        self.server.received.append((message_id, recipient))
        # Taken, and not yet said so: who dies now cannot know.
        time.sleep(self.server.delay)
        self.say(250, "taken")

    def say(self, code, text):
        try:
            self.wfile.write(f"{code} {text}\r\n".encode())
        except OSError:
            return


class Sink(socketserver.ThreadingTCPServer):
    """`received`: (Message-ID, recipient) of every message taken, in order. `waiting`: since when
    somebody has been connected who has not sent one."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, delay=0.0, port=None):
        super().__init__(("127.0.0.1", port or free_port()), _Session)
        self.received, self.delay, self.waiting = [], delay, {}
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}).start()

    def longest_wait(self) -> float:
        """For how many seconds somebody has been connected who has not sent a message yet."""
        return max((time.monotonic() - since for since in [*self.waiting.values()]), default=0)

    def stop(self):
        self.shutdown()
        self.server_close()
