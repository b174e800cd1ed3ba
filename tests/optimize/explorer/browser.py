"""A real Chromium for tests of the explorer, and what a person does with it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1000",
)
QUIET_S = 20.0
#: The address of a page that shows designs off the front as well.
EVERYTHING = "#%7B%22front%22%3Afalse%7D"


class Page:
    """The explorer in a browser, and short words for using it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, address: str = "") -> Page:
        """Open a page, with every design shown unless the address says otherwise."""
        address = address or EVERYTHING
        self.driver.get("about:blank")
        self.requests()
        self.driver.get(path.resolve().as_uri() + address)
        self.settle()
        return self

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def settle(self) -> None:
        """Wait until the page has drawn and nothing more is asked for."""
        end = time.monotonic() + QUIET_S
        while time.monotonic() < end:
            if self.js("return Number(document.documentElement.dataset.painted || 0)") > 0:
                break
            time.sleep(0.02)
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => "
            "requestAnimationFrame(() => setTimeout(done))))"
        )

    def click(self, selector: str) -> None:
        self.js("document.querySelector(arguments[0]).click()", selector)
        self.settle()

    def press(self, text: str) -> None:
        """Click the button that says ``text``."""
        self.js(
            "[...document.querySelectorAll('button')].find(b => b.offsetParent && "
            "b.textContent.startsWith(arguments[0])).click()",
            text,
        )
        self.settle()

    def enter(self, selector: str, value: str) -> None:
        self.js(
            "const f = document.querySelector(arguments[0]); f.value = arguments[1];"
            "f.dispatchEvent(new Event('input')); f.dispatchEvent(new Event('change'))",
            selector,
            value,
        )
        self.settle()

    def key(self, key: str, *, control: bool = False) -> None:
        self.js(
            "dispatchEvent(new KeyboardEvent('keydown', {key: arguments[0], ctrlKey: arguments[1],"
            " bubbles: true}));",
            key,
            control,
        )
        self.settle()

    def text(self, selector: str) -> str:
        return str(self.js("return document.querySelector(arguments[0]).textContent", selector))

    def selected(self) -> int:
        return int(self.text(".count").split(" of ")[0].replace(",", ""))

    def requests(self) -> list[str]:
        """Return what was asked of the network since the last question."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("about:", "blob:", "data:"))]

    def errors(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextlib.contextmanager
def chromium(downloads: Path) -> Iterator[Page]:
    """Give a page in a fresh Chromium, or skip the test and say why."""
    selenium = pytest.importorskip("selenium.webdriver", reason="needs the extra 'browser'")
    binary = shutil.which("chromium") or shutil.which("google-chrome")
    helper = shutil.which("chromedriver")
    if binary is None or helper is None:
        pytest.skip("no Chromium with chromedriver is installed")
    options = selenium.ChromeOptions()
    options.binary_location = binary
    for flag in (*FLAGS, f"--user-data-dir={downloads / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    preferences = {
        "download.default_directory": str(downloads),
        "profile.default_content_setting_values.automatic_downloads": 1,
    }
    options.add_experimental_option("prefs", preferences)
    service = selenium.ChromeService(executable_path=helper, log_output=os.devnull)
    driver = selenium.Chrome(options=options, service=service)
    try:
        yield Page(driver)
    finally:
        driver.quit()
