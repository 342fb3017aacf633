"""Serve a folder as a static host does: compressed, cached for ten minutes, kept alive."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, StaticFileHandler


class File(StaticFileHandler):
    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "max-age=600")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the folder is served, in a thread with an event loop of its own."""
    settings = {"path": str(folder), "default_filename": "index.html"}
    site = Application(
        [(r"/(.*)", File, settings)],
        compress_response=True,
        log_function=lambda handler: None,
    )
    sockets = bind_sockets(0, "127.0.0.1")

    async def listen() -> HTTPServer:
        server = HTTPServer(site)
        server.add_sockets(sockets)
        return server

    async def close(server: HTTPServer) -> None:
        server.stop()
        await server.close_all_connections()

    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(listen(), loop).result()
    try:
        yield f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(close(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
