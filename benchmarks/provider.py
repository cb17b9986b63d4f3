"""A push provider that accepts everything after a fixed time: `python -m benchmarks.provider 0.05` prints its port.

Made to be no bottleneck: one process, no threads, no more HTTP than the client needs.
"""

from __future__ import annotations

import asyncio
import itertools
import sys

_numbers = itertools.count(1)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wait: float) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            await reader.readexactly(length)
            await asyncio.sleep(wait)
            body = b'{"id": "%d"}' % next(_numbers)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _main(wait: float) -> None:
    server = await asyncio.start_server(lambda r, w: _serve(r, w, wait), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
