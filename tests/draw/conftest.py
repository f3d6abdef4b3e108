"""Graphs to draw, and a browser to open worksheets in."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradc.lessons.draw.compose import Look, picture_of
from gradc.lessons.draw.picture import Picture
from gradc.lessons.run.subject import Run, Subject
from gradc.lessons.worksheet.sheet import worksheet
from gradc.source import Source
from tests.cli.conftest import folder, run  # noqa: F401

ROOT = Path(__file__).parent.parent.parent
TWO_RELU = (ROOT / "examples" / "two_relu" / "two_relu.graph").read_text(encoding="utf-8")
LINEAR_UNIT = (ROOT / "examples" / "linear_unit" / "linear_unit.graph").read_text(encoding="utf-8")
SQUARE = (ROOT / "examples" / "square" / "square.graph").read_text(encoding="utf-8")
DIGITS = (ROOT / "examples" / "digits" / "digits.graph").read_text(encoding="utf-8")

NESTED = """\
from nn import TransformerBlock, Dense
dim B = 2, T = 3
input x: [B, T, 4]
input y: [B, T, 2]
fn twice(a) {
    c = 2 * a
    return c + a
}
block = TransformerBlock(x, 2)
h = twice(block)
out = Dense(h, 2)
loss J = mse_loss(out, y)
"""


def run_of(text: str, **given: Any) -> Run:
    """A graph at the values of its file, or at others."""
    subject = Subject.of(Source("test.graph", text))
    return subject.run(subject.arguments(given))


def picture_and_run(text: str, look: Look, **given: Any) -> tuple[Picture, Run]:
    """A picture with the numbers of a run."""
    found = run_of(text, **given)
    return picture_of(found.graph, "test.graph", found, look), found


def picture(text: str, look: Look | None = None, *, numbers: bool = True, **given: Any) -> Picture:
    """A picture with or without numbers."""
    found = run_of(text, **given)
    return picture_of(found.graph, "test.graph", found if numbers else None, look or Look())


def _binary(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def flags() -> tuple[str, ...]:
    """Further words for the browser's command line."""
    return ()


@pytest.fixture(scope="session")
def browser(flags: tuple[str, ...]) -> Iterator[Any]:
    """A headless Chromium; tests that need one are skipped where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    binary = _binary("chromium", "chromium-browser", "google-chrome")
    driver = _binary("chromedriver")
    if binary is None or driver is None:
        pytest.skip("needs Chromium and chromedriver")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        for flag in (
            *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
            *("disable-background-networking", "disable-component-update", "disable-sync"),
            *("disable-dev-shm-usage", "window-size=1500,1000", f"user-data-dir={profile}"),
            *flags,
        ):
            options.add_argument(f"--{flag}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield session
        finally:
            session.quit()


class Sheet:
    """An opened worksheet; boxes go by what screen readers say."""

    def __init__(self, browser: Any):
        self.browser = browser

    def all(self, css: str) -> list[Any]:
        found: list[Any] = self.browser.find_elements("css selector", css)
        return found

    def one(self, css: str) -> Any:
        return self.browser.find_element("css selector", css)

    def box(self, spoken: str) -> Any:
        return self.one(f'input[aria-label="{spoken}"]')

    def type(self, spoken: str, text: str) -> Any:
        box = self.box(spoken)
        box.clear()
        box.send_keys(text + "\ue004")  # and a tab
        return box

    def values(self) -> dict[str, str]:
        return {
            b.get_attribute("aria-label"): b.get_attribute("value") for b in self.all(".cell input")
        }

    def click(self, name: str) -> None:
        self.one(f"#{name}").click()

    def hint(self, name: str) -> str:
        text: str = self.browser.execute_script(
            "return document.querySelector(arguments[0]).textContent", f"#{name} div"
        )
        return text

    @property
    def status(self) -> str:
        return str(self.one("#status").text)

    def colour(self, box: Any) -> str:
        return (
            str(box.value_of_css_property("background-color"))
            .replace("rgba", "rgb")
            .replace(", 1)", ")")
        )


Open = Callable[..., Sheet]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Open:
    """Writes a worksheet to a file and opens it, without a network."""

    def call(text: str, scheme: str = "light", **given: Any) -> Sheet:
        path = tmp_path / "sheet.html"
        path.write_text(worksheet(run_of(text, **given), "sheet.graph"), encoding="utf-8")
        feature = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": feature})
        browser.get_log("browser")
        browser.get(path.as_uri())
        assert browser.get_log("browser") == []
        return Sheet(browser)

    return call
