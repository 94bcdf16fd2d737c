"""Python's websockets, httpx-sse and aiohttp against `wirelab serve`. Run by check.sh.

    python clients.py URL
"""

import asyncio
import json
import sys

import aiohttp
import httpx
import httpx_sse
import websockets

URL = sys.argv[1]
SOCKET = URL.replace("http://", "ws://")


def check(name, expected, got):
    ok = expected == got
    print(f"PASS {name}" if ok else f"FAIL {name}: expected {expected!r}, got {got!r}", flush=True)


async def event(receive):
    """The next text that is an event; counts of our own messages may come between."""
    while "id" not in (item := json.loads(await receive())):
        pass
    return item


async def read_on(socket):
    while True:
        await socket.recv()


async def with_websockets():
    async with websockets.connect(f"{SOCKET}/ws", subprotocols=["chat"]) as socket:
        check("websockets: no extension is taken", [], list(socket.protocol.extensions))
        check("websockets: no subprotocol is taken", None, socket.subprotocol)
        first, second = await event(socket.recv), await event(socket.recv)
        check("websockets: events come in order", first["id"] + 1, second["id"])
        await asyncio.wait_for(await socket.ping(), 5)
        check("websockets: a ping is answered", True, True)
        await socket.send("hello")
        while "received" not in (item := json.loads(await socket.recv())):
            pass
        check("websockets: a message is counted", {"received": 1}, item)
        # It is pinged every second. What is not read would keep its own close from being heard.
        reads = asyncio.ensure_future(read_on(socket))
        await asyncio.sleep(2)
        reads.cancel()
        check("websockets: pongs keep it open", "OPEN", socket.state.name)
    check("websockets: a normal closure is answered", 1000, socket.close_code)
    async with websockets.connect(f"{SOCKET}/ws/echo") as socket:
        for message in ["h\u00e9llo", b"\0\xff", "x" * (1 << 20)]:
            await socket.send(message)
            check(f"websockets: {type(message).__name__} of {len(message)} is echoed", True, await socket.recv() == message)
    for code in [1001, 1014, 3003, 4999]:
        async with websockets.connect(f"{SOCKET}/ws/echo") as socket:
            await socket.close(code, "why")
        check(f"websockets: close {code} is answered with the same", (code, "why"), (socket.close_code, socket.close_reason))
    try:
        async with websockets.connect(f"{SOCKET}/ws", origin="http://evil.example"):
            refused = None
    except websockets.exceptions.InvalidStatus as error:
        refused = error.response.status_code
    check("websockets: a foreign origin is refused", 403, refused)


async def with_httpx_sse():
    async with httpx.AsyncClient(timeout=10) as client:
        async def first_two(headers):
            async with httpx_sse.aconnect_sse(client, "GET", f"{URL}/events", headers=headers) as source:
                seen = []
                async for item in source.aiter_sse():
                    seen.append(item)
                    if len(seen) == 2:
                        return seen

        seen = await first_two({})
        check("httpx-sse: an event has its type", "message", seen[0].event)
        check("httpx-sse: an event's id is its number", seen[0].id, str(json.loads(seen[0].data)["id"]))
        check("httpx-sse: events come in order", int(seen[0].id) + 1, int(seen[1].id))
        again = await first_two({"Last-Event-ID": seen[0].id})
        check("httpx-sse: a stream is taken up where it was left", seen[1].id, again[0].id)


async def with_aiohttp():
    async with aiohttp.ClientSession() as session:
        async def get(path):
            async with session.get(f"{URL}{path}") as answer:
                return answer.status, await answer.read()

        status, body = await get("/now")
        check("aiohttp: the newest event", (200, ["id", "text"]), (status, list(json.loads(body))))
        newest = json.loads(body)["id"]
        status, body = await get(f"/long-poll?since={newest}")
        check("aiohttp: a long poll", (200, newest + 1), (status, json.loads(body)[0]["id"]))
        async with session.post(f"{URL}/say?from=polling", data="hello") as answer:
            check("aiohttp: a message is counted", ["received"], list(await answer.json()))
        async with session.get(f"{URL}/events") as answer:
            line = await answer.content.readline()
            check("aiohttp: a stream comes line by line", b"id: ", line[:4])
        async with session.ws_connect(f"{SOCKET}/ws", compress=15) as socket:
            item = await event(socket.receive_str)
            check("aiohttp: a WebSocket's events", ["id", "text"], list(item))
        check("aiohttp: a normal closure is answered", 1000, socket.close_code)


async def main():
    for clients in [with_websockets, with_httpx_sse, with_aiohttp]:
        await asyncio.wait_for(clients(), 50)


asyncio.run(main())
