"""Anthropic's Messages API on a loopback port, following a script: for tests that want the real SDK and real HTTP.

    with Server(says("Hello!"), calls("search", {"query": "weather"})) as server:
        ChatAnthropic(base_url=server.url, api_key="any").invoke("Hi")
        server.bodies[0]["messages"]

The script is data: a reply per request, in order, or a function from the request's body to a reply. Replies are sent
whole or as server-sent events, whichever the request asks for. A request beyond the script gets status 400.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "claude-sonnet-5-5"


@dataclass
class Reply:
    """What the model says.

    Attributes:
        content: The API's blocks.
        stop_reason: Why it ends.
        usage: The token counts.
        events: In place of the events that the content makes, when the request streams.
        lost_after: After so many events the connection is lost; None when it is not.
        torn: Whether half an event follows the last one.
        gate: Waited for before the last but two events: a test opens it when it has seen the ones before.
    """

    content: list[dict[str, Any]]
    stop_reason: str = "end_turn"
    usage: dict[str, Any] = field(default_factory=lambda: {"input_tokens": 10, "output_tokens": 5})
    events: list[dict[str, Any]] | None = None
    lost_after: int | None = None
    torn: bool = False
    gate: threading.Event | None = None

    def as_json(self, number: int) -> dict[str, Any]:
        """The whole reply."""
        return {
            "id": f"msg_{number:03}",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": self.content,
            "stop_reason": self.stop_reason,
            "stop_sequence": None,
            "usage": self.usage,
        }


@dataclass
class Refusal:
    """An error of the API's.

    Attributes:
        status: Of HTTP.
        type: The API's word for it.
        message: What it says.
        headers: Sent besides.
    """

    status: int
    type: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


class Silence:
    """No answer until the server is closed."""


def says(text: str, **more: Any) -> Reply:
    """A reply of text."""
    return Reply([{"type": "text", "text": text}], **more)


def calls(name: str, args: dict[str, Any], text: str = "", id: str = "toolu_01", **more: Any) -> Reply:
    """A reply that calls a tool."""
    said = [{"type": "text", "text": text}] if text else []
    return Reply([*said, {"type": "tool_use", "id": id, "name": name, "input": args}], "tool_use", **more)


def events_of(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that the API streams a message in: text word by word, arguments in pieces of seven characters."""
    usage = message["usage"]
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(message["content"]):
        start, deltas = _streamed(block)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    delta = {"stop_reason": message["stop_reason"], "stop_sequence": message["stop_sequence"]}
    yield {"type": "message_delta", "delta": delta, "usage": usage}
    yield {"type": "message_stop"}


def _streamed(block: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    match block:
        case {"type": "text", "text": text}:
            words = re.findall(r"\S+\s*|\s+", text)
            return {**block, "text": ""}, [{"type": "text_delta", "text": word} for word in words]
        case {"type": "tool_use", "input": args}:
            text = json.dumps(args)
            parts = [text[at : at + 7] for at in range(0, len(text), 7)]
            return {**block, "input": {}}, [{"type": "input_json_delta", "partial_json": part} for part in parts]
        case {"type": "thinking", "thinking": text, "signature": signature}:
            deltas = [{"type": "thinking_delta", "thinking": text}, {"type": "signature_delta", "signature": signature}]
            return {**block, "thinking": "", "signature": ""}, deltas
    return block, []


Script = Reply | Refusal | Silence


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients may hang up whenever they like."""


class Server:
    """The server. Use it with `with`.

    Args:
        script: What it answers, in order; or one function from the request's body to an answer.

    Attributes:
        url: The `base_url` for clients.
        bodies: The bodies of the requests so far.
        headers: Their headers, names in lower case.
    """

    def __init__(self, *script: Script | Callable[[dict[str, Any]], Script]) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._script = script
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http = _Http(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Server:
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, Script]:
        """The next answer, with its number."""
        with self._lock:
            self.bodies.append(body)
            self.headers.append(headers)
            number = len(self.bodies)
        if self._script and callable(self._script[0]):
            return number, self._script[0](body)
        if number > len(self._script):
            return number, Refusal(400, "invalid_request_error", f"the script ends before request {number}")
        return number, self._script[number - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                number, answer = server.answer(body, headers)
                match answer:
                    case Silence():
                        server._closing.wait()
                        self.close_connection = True
                    case Refusal():
                        self.send_refusal(answer)
                    case Reply() if body.get("stream"):
                        self.send_events(answer, number)
                    case Reply():
                        self.send_json(200, answer.as_json(number), {})

            def send_refusal(self, answer: Refusal) -> None:
                error = {"type": answer.type, "message": answer.message}
                self.send_json(
                    answer.status,
                    {"type": "error", "error": error, "request_id": "req_01"},
                    {"request-id": "req_01", **answer.headers},
                )

            def send_json(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
                data = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"content-type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def send_events(self, reply: Reply, number: int) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("transfer-encoding", "chunked")
                self.end_headers()
                events = reply.events or list(events_of(reply.as_json(number)))
                for place, event in enumerate(events):
                    if place == reply.lost_after:
                        self.close_connection = True  # without the chunk that ends a body
                        return
                    if place == len(events) - 3 and reply.gate is not None:
                        reply.gate.wait(timeout=30)
                    self.send_chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n")
                if reply.torn:
                    self.send_chunk('event: content_block_delta\ndata: {"type": "content_bl\n\n')
                self.wfile.write(b"0\r\n\r\n")

            def send_chunk(self, text: str) -> None:
                data = text.encode()
                self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                self.wfile.flush()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
