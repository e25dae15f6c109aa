"""Listens for the local model, which is started when first asked and stopped when unused.

A model takes 260 MB and half a second to load, and most minutes of most installations ask none;
this door takes 8 MB. llama.cpp could lay its model to sleep by itself, but keeps 70 MB then.
A program of its own, run by its path with as little of the standard library as will do:

    model_door.py PORT IDLE-SECONDS COMMAND…
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_PIECE = 65_536


class Door:
    """Carries bytes between callers and the server behind, which is made from `command`."""

    def __init__(self, command: list[str], *, idle: float) -> None:
        self._command = command
        self._idle = idle
        self._changed = threading.Condition()
        self._waiting = 0
        self._address: tuple[str, int] | None = None
        self._used = 0.0
        self._unanswered: set[socket.socket] = set()
        self._child: subprocess.Popen[str] | None = None

    def run(self, listener: socket.socket) -> None:
        """Keep the server while it is used. From the main thread, which owns the child."""
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        while True:
            with self._changed:
                pause = 1.0 if self._child else None
                self._changed.wait_for(lambda: self._waiting and not self._child, pause)
                is_wanted = self._waiting > 0
            if self._child is None:
                if is_wanted:
                    self._start()
            elif self._child.poll() is not None:
                say("the server ended")
                self.stop()
            elif not self._unanswered and time.monotonic() - self._used > self._idle:
                say("unused, so it is stopped")
                self.stop()

    def _start(self) -> None:
        say("asked, so the server is started")
        self._child = subprocess.Popen(  # noqa: S603 (our own program, no shell)
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._child.stdout is not None  # noqa: S101 (a pipe, see above)
        port = self._child.stdout.readline().strip().rpartition(":")[2]
        if not port:
            # Its last words are in the log. Whoever waits is let go; the next caller tries again.
            self.stop()
        with self._changed:
            self._waiting = 0
            self._used = time.monotonic()
            if port:
                self._address = ("127.0.0.1", int(port))
            self._changed.notify_all()

    def stop(self) -> None:
        with self._changed:
            self._address = None
        if self._child is None:
            return
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            caller, _ = listener.accept()
            threading.Thread(target=self._carry, args=(caller,), daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        with caller:
            try:
                # Who only looks whether somebody listens wakes nobody.
                first = caller.recv(_PIECE)
                address = self._reach() if first else None
                if address is None:
                    return
                with socket.create_connection(address) as server:
                    self._unanswered.add(caller)
                    server.sendall(first)
                    answers = threading.Thread(
                        target=self._pump, args=(server, caller, caller), daemon=True
                    )
                    answers.start()
                    self._pump(caller, server, None)
                    answers.join()
            except OSError:
                return
            finally:
                self._unanswered.discard(caller)

    def _reach(self) -> tuple[str, int] | None:
        with self._changed:
            self._used = time.monotonic()
            if self._address is None:
                self._waiting += 1
                self._changed.notify_all()
                self._changed.wait_for(
                    lambda: self._address is not None or self._waiting == 0, _START_SECONDS
                )
            return self._address

    def _pump(
        self, source: socket.socket, target: socket.socket, answered: socket.socket | None
    ) -> None:
        """Carry until one side ends, and tell the other: llama.cpp then stops generating.

        A question without an answer keeps the server: a slow machine computes for longer than it
        may be idle before it says the first byte.
        """
        try:
            while piece := source.recv(_PIECE):
                self._used = time.monotonic()
                if answered is None:
                    self._unanswered.add(source)
                else:
                    self._unanswered.discard(answered)
                target.sendall(piece)
        except OSError:
            pass
        for side in (source, target):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
    sys.stderr.flush()


def main() -> None:
    port, idle, *command = sys.argv[1:]
    door = Door(command, idle=float(idle))

    def leave(_number: int, _frame: object) -> None:
        # The server ends with its standard input, which closes with us.
        os._exit(0)

    signal.signal(signal.SIGTERM, leave)
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        door.run(listener)


if __name__ == "__main__":
    main()
