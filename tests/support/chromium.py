"""A real Chromium, headless, spoken to over its DevTools protocol: what a page looks like, loads and complains of.

https://chromedevtools.github.io/devtools-protocol; over a pipe (descriptors 3 and 4, messages end in NUL), so that
no port is opened and no library needed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess  # noqa: TID251 - the browser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ),
    *("--disable-dev-shm-usage", "--remote-debugging-pipe"),
]

Json = dict[str, Any]


class Tab:
    """One page. `events` are all that the browser told of it."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._number, self._rest = 0, b""
        self.events: list[Json] = []
        target = self._ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._ask("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session: str | None = attached["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **parameters: Any) -> Json:
        return self._ask(method, parameters, self._session)

    def open(self, page: Path) -> None:
        self.ask("Page.navigate", url=page.as_uri())
        self.wait("Page.loadEventFired")

    def wait(self, method: str) -> Json:
        while True:
            found = next((event for event in self.events if event["method"] == method), None)
            if found is not None:
                return found
            self._read()

    def evaluate(self, expression: str) -> Any:
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def show(self, scheme: str, width: int = 1280) -> None:
        """As somebody who prefers `scheme`, in a window of `width` pixels."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.ask("Emulation.setEmulatedMedia", features=[feature])
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
        )

    def picture(self, *, full: bool = True) -> bytes:
        """A PNG of what is seen, or of all of it."""
        return base64.b64decode(
            self.ask("Page.captureScreenshot", captureBeyondViewport=full, **self._clip(full))["data"]
        )

    def _clip(self, full: bool) -> Json:
        if not full:
            return {}
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        return {
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 8000), "scale": 1}
        }

    def _ask(self, method: str, parameters: Json, session: str | None = None) -> Json:
        self._number += 1
        message: Json = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            said = self._read()
            if said.get("id") == self._number:
                assert "error" not in said, f"{method}: {said['error']}"
                result: Json = said["result"]
                return result

    def _read(self) -> Json:
        while b"\0" not in self._rest:
            read = os.read(self._from, 1 << 16)
            assert read, "chromium ended"
            self._rest += read
        text, self._rest = self._rest.split(b"\0", 1)
        said: Json = json.loads(text)
        if "method" in said:
            self.events.append(said)
        return said


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A tab of a browser that has its profile in `folder`; skips the test where there is none."""
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed")
    read_by_it, to_browser = os.pipe()
    from_browser, written_by_it = os.pipe()
    # The browser's ends are 3 and 4 there: a shell puts them there, for they have other numbers here.
    script = f'exec "$0" "$@" 3<&{read_by_it} 4>&{written_by_it}'
    process = subprocess.Popen(
        ["bash", "-c", script, executable, *_FLAGS, f"--user-data-dir={folder / 'profile'}"],
        pass_fds=(read_by_it, written_by_it),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(folder)},
        start_new_session=True,
    )
    os.close(read_by_it)
    os.close(written_by_it)
    try:
        yield Tab(to_browser, from_browser)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(to_browser)
        os.close(from_browser)
