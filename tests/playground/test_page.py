"""The page in Chromium: it loads, finds a mistake, changes views, and asks no other host."""

from __future__ import annotations

import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.slow

# What Chromium asks of its own accord, whatever page it shows.
OWN = re.compile(r"\b[\w.-]*\.(google|googleapis|gstatic|duckduckgo)\.com\b")


class Playground:
    """The page, opened."""

    def __init__(self, browser: Any, address: str):
        self.browser = browser
        self.address = address

    def open(self, fragment: str = "") -> None:
        self.browser.get("about:blank")
        self.browser.get(self.address + fragment)
        self.wait(lambda: self.state == "ready" and self.text("diagnostics"))

    def start_again(self) -> None:
        """The first example, and its module."""
        script = (
            "const e = document.getElementById('examples'); e.value = 'linear_unit'; e.onchange();"
            "const l = document.getElementById('level'); l.value = '1';"
            "document.getElementById('tab-module').click();"
        )
        self.browser.execute_script(script)
        self.wait(lambda: self.state == "ready" and "linear_unit.graph" in self.text("panel"))

    def one(self, name: str) -> Any:
        return self.browser.find_element("id", name)

    def text(self, name: str) -> str:
        return str(self.one(name).text)

    @property
    def state(self) -> str:
        return str(self.browser.execute_script("return document.body.dataset.state"))

    @property
    def marked(self) -> list[str]:
        """What stands over a wavy line."""
        script = "return [...document.querySelectorAll('mark')].map((m) => m.textContent)"
        found: list[str] = self.browser.execute_script(script)
        return found

    @property
    def picture(self) -> str:
        """The text of the picture."""
        script = "return document.querySelector('.picture')?.shadowRoot.textContent ?? ''"
        return str(self.browser.execute_script(script))

    def wait(self, holds: Callable[[], Any], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < end, self.text("status") + self.text("diagnostics")
            time.sleep(0.05)

    def replace(self, text: str) -> None:
        area = self.one("text")
        area.send_keys("\ue009a\ue000")  # control and a
        area.send_keys(text)


class Recorder(socketserver.StreamRequestHandler):
    """A proxy that lets nothing through, and keeps what was asked."""

    asked: list[str] = []

    def handle(self) -> None:
        self.asked.append(self.rfile.readline().decode(errors="replace"))


@pytest.fixture(scope="session")
def flags() -> Iterator[tuple[str, ...]]:
    """The browser asks a proxy for whatever is not on this machine."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Recorder) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        port = proxy.server_address[1]
        yield (f"proxy-server=127.0.0.1:{port}", "proxy-bypass-list=127.0.0.1")
        proxy.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def opened(browser: Any, address: str) -> Playground:
    playground = Playground(browser, address)
    playground.open()
    return playground


@pytest.fixture
def page_in(opened: Playground) -> Playground:
    opened.start_again()
    return opened


def test_it_compiles_what_is_typed(page_in: Playground) -> None:
    page_in.replace("param w = 3\nloss J = w**2\n")
    page_in.wait(lambda: "dJ_dw" in page_in.text("panel") and "w: f64" not in page_in.text("panel"))
    assert "Nothing is wrong." in page_in.text("diagnostics")
    page_in.one("level").send_keys("as")  # derived
    page_in.wait(lambda: "-O0" in page_in.text("panel"))


def test_a_mistake_is_shown_at_its_place(page_in: Playground) -> None:
    page_in.replace("param w = 3\nloss J = sofmax(w)\n")
    page_in.wait(lambda: "E0203" in page_in.text("diagnostics"))
    assert "softmax" in page_in.text("diagnostics")
    assert page_in.marked == ["sofmax"]
    page_in.browser.find_element("css selector", "#diagnostics button").click()
    script = "const a = document.activeElement; return [a.id, a.selectionStart, a.selectionEnd]"
    assert page_in.browser.execute_script(script) == ["text", 21, 27]


def test_errors_of_derivatives_follow(page_in: Playground) -> None:
    page_in.replace("param w: [3]\nloss J = sum(w) + argmax(w)\noutput k = w\nwrt z\n")
    page_in.wait(lambda: "error" in page_in.text("diagnostics"))


def test_views_change_by_mouse_and_by_keys(page_in: Playground) -> None:
    page_in.one("tab-picture").click()
    page_in.wait(lambda: "One linear unit" in page_in.picture)
    page_in.one("tab-picture").send_keys("\ue012")  # left
    page_in.wait(lambda: "def forward" in page_in.text("panel"))
    assert page_in.one("tab-module").get_attribute("aria-selected") == "true"
    assert page_in.one("panel").get_attribute("aria-labelledby") == "tab-module"


def test_a_worksheet_is_filled_in(page_in: Playground) -> None:
    page_in.one("tab-worksheet").click()
    from selenium.common.exceptions import (  # noqa: PLC0415
        NoSuchElementException,
        StaleElementReferenceException,
    )

    browser, box = page_in.browser, 'input[aria-label="value of c"]'

    def filled() -> bool:
        """Fills the box, unless the sheet is just drawn anew."""
        browser.switch_to.default_content()
        try:
            browser.switch_to.frame(browser.find_element("css selector", "iframe"))
            found = browser.find_element("css selector", box)
            found.clear()
            found.send_keys("-4\ue004")
            page_in.wait(lambda: "1 of" in page_in.text("score"), seconds=5)
            return True
        except (NoSuchElementException, StaleElementReferenceException):
            return False

    try:
        page_in.wait(filled)
    finally:
        browser.switch_to.default_content()


def test_examples_are_there_to_be_loaded(page_in: Playground) -> None:
    page_in.one("examples").send_keys("two")
    page_in.wait(lambda: "two_relu.graph" in page_in.text("panel"))
    assert "relu" in page_in.one("text").get_attribute("value")


def test_a_link_holds_the_text(page_in: Playground) -> None:
    text = "# é ∂\nparam w = 3\nloss J = w**4"
    page_in.replace(text)
    page_in.one("share").click()
    page_in.wait(lambda: "#graph=" in page_in.browser.current_url)
    fragment = page_in.browser.current_url.removeprefix(page_in.address)
    page_in.open(fragment)
    assert page_in.one("text").get_attribute("value") == text


def test_typing_never_waits_for_the_compiler(page_in: Playground) -> None:
    page_in.one("examples").send_keys("gpt")
    page_in.one("text").send_keys("# typed at once")
    assert page_in.one("text").get_attribute("value").endswith("# typed at once")
    page_in.wait(lambda: page_in.state == "ready" and "gpt.graph" in page_in.text("panel"))


def test_nothing_is_asked_of_another_host(page_in: Playground) -> None:
    for tab in ("picture", "worksheet", "module"):
        page_in.one(f"tab-{tab}").click()
        page_in.wait(lambda: page_in.state == "ready")
    foreign = [line for line in Recorder.asked if line.strip() and not OWN.search(line)]
    assert foreign == []
    said = [entry["message"] for entry in page_in.browser.get_log("browser")]
    assert said == []
