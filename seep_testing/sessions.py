"""One browser tab without a browser: Streamlit's own messages over its WebSocket."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol


@dataclass(frozen=True)
class Rerun:
    """One run of a page.

    Attributes:
        elapsed_s: from the request to the end of the script, seconds.
        problems: text of exceptions and error boxes on the page.
    """

    elapsed_s: float
    problems: tuple[str, ...]


class Tab:
    """A session of the app; `open_tab` gives one."""

    def __init__(self, socket: ClientConnection, timeout_s: float) -> None:
        self._socket, self._timeout_s = socket, timeout_s

    def run(self, page: str = "") -> Rerun:
        """Ask for a page and wait until its script has ended.

        Args:
            page: path of the page, "" for Overview.
        """
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = ""
        started = time.perf_counter()
        self._socket.send(message.SerializeToString())
        problems = []
        while True:
            answer = ForwardMsg.FromString(self._socket.recv(timeout=self._timeout_s, decode=False))
            kind = answer.WhichOneof("type")
            if kind == "delta":
                problems += problems_of(answer)
            elif kind == "script_finished":
                return Rerun(time.perf_counter() - started, tuple(problems))


@contextmanager
def open_tab(url: str, timeout_s: float = 60) -> Iterator[Tab]:
    """Open a session of the app.

    Args:
        url: of the app, without a slash at the end.
        timeout_s: longest wait for one message.
    """
    with connect(
        f"{url.replace('http', 'ws', 1)}/_stcore/stream",
        origin=Origin(url),
        subprotocols=[Subprotocol("streamlit")],
        open_timeout=timeout_s,
        max_size=None,
    ) as socket:
        yield Tab(socket, timeout_s)


def problems_of(answer: ForwardMsg) -> list[str]:
    """Return the text of the exception or error box in a message."""
    element = answer.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        return [f"{element.exception.type}: {element.exception.message}"]
    if kind == "alert" and element.alert.format == element.alert.ERROR:
        return [element.alert.body]
    return []
