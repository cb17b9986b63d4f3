"""What one call to a provider costs, by the library below the channels: figures of ADR 7."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient

from benchmarks.delivery import provider
from benchmarks.report import Table

CALLS = 3_000
AT_ONCE = 48
LIMITS = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
BODY = {"headings": {"en": "A reminder"}, "contents": {"en": "Open HERA"}, "idempotency_key": "a key"}


def run() -> Table:
    table = Table(f"{CALLS:,} calls, {AT_ONCE} at once", ["library", "calls a second", "ms of processor time a call"])
    with provider() as url:
        for name, measure in (("httpx", _httpx), ("httpx over aiohttp", _over_aiohttp), ("aiohttp", _aiohttp)):
            wall, cpu = asyncio.run(measure(url))
            table.add(name, round(CALLS / wall), cpu / CALLS * 1000)
    return table


async def _httpx(url: str) -> tuple[float, float]:
    async with httpx.AsyncClient(limits=LIMITS) as client:
        return await _timed(lambda: client.post(url, json=BODY))


async def _over_aiohttp(url: str) -> tuple[float, float]:
    async with HttpxAiohttpClient(limits=LIMITS) as client:
        return await _timed(lambda: client.post(url, json=BODY))


async def _aiohttp(url: str) -> tuple[float, float]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as client:

        async def call() -> None:
            async with client.post(url, json=BODY) as answer:
                await answer.json()

        return await _timed(call)


async def _timed(call) -> tuple[float, float]:
    """Wall and processor seconds of all calls; some before them open the connections."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with turns:
            await call()

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one() for _ in range(CALLS)))
    return time.perf_counter() - wall, time.process_time() - cpu
