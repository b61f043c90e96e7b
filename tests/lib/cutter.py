"""A proxy that cuts connections: cutter.py PORT SEED CUTS MEAN.

It prints the port it listens on and relays to PORT.  The first CUTS
connections are cut after a random number of bytes (MEAN on average, beyond
those of SSH's beginning), in one of three ways: at once; with what the server
still says lost, while what it is told arrives; or with the client's last
bytes lost.  Later connections live.  At the end of its input it ends and
prints how many it has cut.
"""
import random
import select
import socket
import sys
import threading
import time

BEGINNING = 5000


def relay(client, server, plan):
    """Until one side closes, or the plan (mode, bytes) says so."""
    mode, left = plan
    deadline = None
    socks = [client, server]
    while True:
        ready, _, _ = select.select(socks, [], [], 0.05)
        if deadline is not None and time.monotonic() > deadline:
            return True
        for sock in ready:
            data = sock.recv(65536)
            if not data:
                return deadline is not None
            if left is not None and deadline is None:
                if len(data) < left:
                    left -= len(data)
                else:
                    keep, data = data[:left], data[left:]
                    (server if sock is client else client).sendall(keep)
                    if mode == 0:
                        return True
                    deadline = time.monotonic() + 0.05
            deaf = client if mode == 1 else server
            other = server if sock is client else client
            if deadline is None or other is not deaf:
                other.sendall(data)


def serve(client, port, plan, count):
    server = socket.create_connection(("127.0.0.1", port))
    try:
        if relay(client, server, plan):
            count.append(plan)
    except OSError:
        pass
    for sock in client, server:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        b"\1\0\0\0\0\0\0\0" if plan[0] == 2 else b"\0" * 8)
        sock.close()


def main(port, seed, cuts, mean):
    chance = random.Random(seed)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    count = []
    n = 0
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready and not sys.stdin.readline():
            break
        if listener not in ready:
            continue
        client, _ = listener.accept()
        plan = (0, None)
        if n < cuts:
            plan = (chance.randrange(3),
                    BEGINNING + int(chance.expovariate(1 / mean)))
        n += 1
        threading.Thread(target=serve, args=(client, port, plan, count),
                         daemon=True).start()
    print(len(count), flush=True)


main(*map(int, sys.argv[1:]))
