"""The worksheet in a real browser: typed numbers, the slider, the keyboard, changed parameters."""

import contextlib

import pytest

from tests.draw.conftest import LINEAR_UNIT, SQUARE, TWO_RELU, Open
from tests.draw.test_svg import HOSTILE

RIGHT_VALUE = {"light": "rgb(227, 239, 252)", "dark": "rgb(23, 48, 79)"}
RIGHT_SLOPE = {"light": "rgb(228, 244, 232)", "dark": "rgb(27, 58, 40)"}
WRONG = {"light": "rgb(251, 228, 230)", "dark": "rgb(74, 34, 40)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_and_wrong_numbers_have_their_colours(opened: Open, scheme: str) -> None:
    sheet = opened(LINEAR_UNIT, scheme)
    assert sheet.values()["value of c"] == ""
    value = sheet.type("value of c", "-4")
    assert sheet.colour(value) == RIGHT_VALUE[scheme]
    assert sheet.status == "c = -4 is right"
    slope = sheet.type("derivative of J by d", "2")
    assert sheet.colour(slope) == RIGHT_SLOPE[scheme]
    wrong = sheet.type("derivative of J by w", "4")
    assert sheet.colour(wrong) == WRONG[scheme]
    assert wrong.get_attribute("aria-invalid") == "true"
    assert sheet.status == "dJ/dw = 4 is wrong"
    assert sheet.one("#score").text == "2 of 9 right"
    sheet.type("derivative of J by w", "−4")
    assert wrong.get_attribute("aria-invalid") is None
    assert sheet.one("#score").text == "3 of 9 right"


@pytest.mark.parametrize(
    "text",
    ["2", "2.0", "2.", "4/2", "-4/-2", "1*2", "1 × 2", "4 / 2", "2,0", "+2", "2e0", "20e-1"],
)
def test_a_number_can_be_written_in_many_ways(opened: Open, text: str) -> None:
    box = opened(LINEAR_UNIT).type("value of J", text)
    assert "right" in box.get_attribute("class")


@pytest.mark.parametrize("text", ["2.1", "2.003", "2.0001", "-2", "-4/2", "1*3", "2,1", "20", "0"])
def test_another_number_is_wrong(opened: Open, text: str) -> None:
    sheet = opened(LINEAR_UNIT)
    assert "wrong" in sheet.type("value of J", text).get_attribute("class")
    assert sheet.status == f"J = {text} is wrong"


@pytest.mark.parametrize(
    "text",
    ["two", "2 2", "alert(1)", "0x2", "1/0", "Infinity", "1,000,0", "2^1", "*2", "2*", "1//2"],
)
def test_what_is_no_number_is_called_so(opened: Open, text: str) -> None:
    sheet = opened(LINEAR_UNIT)
    assert "wrong" in sheet.type("value of J", text).get_attribute("class")
    assert "is no number, such as" in sheet.status


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("0.33", "right"), ("0.3333", "right"), (".333", "right"), ("1/3", "right"),
        ("33e-2", "right"), ("0.34", "wrong"), ("0.3334", "wrong"), ("0.3", "wrong"),
    ],
)  # fmt: skip
def test_a_value_is_right_to_the_digits_typed(opened: Open, typed: str, verdict: str) -> None:
    sheet = opened("param w = 3\na = 1 / w\nloss J = a**2\n")
    assert verdict in sheet.type("value of a", typed).get_attribute("class")


@pytest.mark.parametrize(
    ("typed", "verdict"), [("66", "right"), ("66.0", "right"), ("66.009", "right"), ("67", "wrong")]
)
def test_a_derivative_may_be_that_of_a_bump(opened: Open, typed: str, verdict: str) -> None:
    sheet = opened(SQUARE)
    assert verdict in sheet.type("derivative of J by w", typed).get_attribute("class")
    flat = opened("param w = 0\nloss J = w**2\n")
    assert "right" in flat.type("derivative of J by w", "0.001").get_attribute("class")


def test_what_was_typed_survives_a_reload(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    sheet.type("value of c", "-4")
    sheet.type("value of a", "5")
    sheet.type("b, given; can be changed", "9")
    sheet.click("on")
    sheet.browser.refresh()
    values = sheet.values()
    assert (values["value of c"], values["value of a"], values["value of d"]) == ("-4", "5", "")
    assert values["b, given; can be changed"] == "9"
    assert "right" in sheet.box("value of a").get_attribute("class"), "-4 + 9 = 5"
    assert sheet.one("#score").text == "2 of 9 right"
    sheet.click("reset")
    sheet.click("hide")
    sheet.browser.refresh()
    assert sheet.values()["value of c"] == ""
    assert sheet.values()["b, given; can be changed"] == "8"


def test_another_graph_in_the_same_file_starts_empty(opened: Open) -> None:
    opened(LINEAR_UNIT).type("value of c", "-4")
    assert opened(LINEAR_UNIT, x=3).values()["value of c"] == ""
    assert opened(LINEAR_UNIT).values()["value of c"] == "-4"


def test_reveal_all_and_hide_all(opened: Open) -> None:
    sheet = opened(TWO_RELU)
    sheet.click("reveal")
    values = sheet.values()
    assert [values[f"value of {n}"] for n in "t1 z1 a1 t2 z2 a2 J".split()] == list("2226772")
    slopes = {"a2": 2, "z2": 2, "b2": 2, "t2": 2, "w2": 4, "a1": 6, "z1": 6, "b1": 6, "w1": 6}
    for name, slope in slopes.items():
        assert values[f"derivative of J by {name}"] == str(slope)
    assert "derivative of J by x" not in values
    assert sheet.one("#score").text == "0 of 17 right", "what is shown is nobody's work"
    sheet.click("hide")
    assert all(v == "" for k, v in sheet.values().items() if "given" not in k)
    assert sheet.one("#where").text == "0 of 17"


def test_the_slider_steps_forwards_and_backwards(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    slider = sheet.one("#step")
    slider.send_keys("\ue014")  # the arrow to the right
    assert sheet.values()["value of c"] == "−4"
    assert sheet.values()["value of a"] == ""
    assert sheet.status == "forwards: c = −4"
    for _ in range(4):
        slider.send_keys("\ue014")
    assert sheet.status == "backwards: dJ/dd = 2"
    assert slider.get_attribute("aria-valuetext") == "5, backwards: dJ/dd"
    sheet.click("back")
    assert sheet.values()["derivative of J by d"] == ""
    assert sheet.values()["value of J"] == "2"
    sheet.click("on")
    assert sheet.one("#where").text == "5 of 9"
    slider.send_keys("\ue011")  # Home
    assert sheet.values()["value of c"] == ""


def test_what_the_reader_typed_stays_where_the_slider_goes_back(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    sheet.type("value of c", "-4")
    sheet.click("on")
    sheet.click("on")
    sheet.click("back")
    sheet.click("back")
    assert sheet.values()["value of c"] == "-4"


def test_a_changed_parameter_changes_everything(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    sheet.click("reveal")
    sheet.type("x, given; can be changed", "2")
    sheet.type("y, given; can be changed", "1")
    sheet.type("w, given; can be changed", "-2")
    values = sheet.values()
    assert [values[f"value of {n}"] for n in "cadJ"] == ["−4", "4", "3", "4.5"]
    assert [values[f"derivative of J by {n}"] for n in "dacbw"] == ["3", "3", "3", "3", "6"]
    assert "computed again" in sheet.status
    sheet.type("w, given; can be changed", "x")
    assert sheet.box("w, given; can be changed").get_attribute("aria-invalid") == "true"
    sheet.click("reset")
    assert sheet.values()["w, given; can be changed"] == "2"
    assert sheet.values()["derivative of J by w"] == "−4"


def test_what_was_typed_is_judged_again(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    box = sheet.type("value of c", "-4")
    assert "right" in box.get_attribute("class")
    sheet.type("w, given; can be changed", "5")
    assert "wrong" in box.get_attribute("class")


def test_hints_show_the_chain_rule_the_bump_and_the_symbol(opened: Open) -> None:
    sheet = opened("param w = 3\na = 2 + 3 * w\nloss J = a**2\n")
    sheet.box("derivative of J by w").click()
    assert sheet.hint("chain") == "dJ/dw = da/dw · dJ/da\n= 3 · 22"
    assert sheet.hint("symbolic") == "da/dw = 3"
    bump = sheet.hint("bump")
    assert "w up 0.001: J goes from 121 to 121.06601" in bump
    assert "0.066009 / 0.001 = 66.009" in bump
    sheet.box("derivative of J by a").click()
    assert sheet.hint("symbolic") == "dJ/da = 2a"
    assert "= 22.001" in sheet.hint("bump")
    sheet.box("value of a").click()
    assert sheet.hint("chain") == "a = 2 + 3 * w\nwith w = 3"
    sheet.one("#chain summary").click()
    assert sheet.one("#chain div").is_displayed()


def test_a_value_used_twice_adds_its_derivatives(opened: Open) -> None:
    sheet = opened("param w = 3\na = w * w\nb = 2 * w\nloss J = a + b\n")
    sheet.box("derivative of J by w").click()
    assert sheet.hint("chain") == "dJ/dw = da/dw · dJ/da + db/dw · dJ/db\n= 6 · 1 + 2 · 1"
    assert "right" in sheet.type("derivative of J by w", "8").get_attribute("class")


def test_the_keyboard_alone_does_it_all(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    body = sheet.one("body")
    order: list[str] = []
    body.send_keys("\ue004")
    for _ in range(30):
        active = sheet.browser.switch_to.active_element
        order.append(active.get_attribute("aria-label") or active.get_attribute("id") or "")
        active.send_keys("\ue004")
    assert order[:3] == ["one step back", "step", "one step on"]
    boxes = [name for name in order if name.startswith(("value", "derivative"))]
    assert boxes[:4] == [f"value of {n}" for n in "cadJ"]
    assert boxes[4:9] == [f"derivative of J by {n}" for n in "dabcw"]
    box = sheet.box("value of c")
    box.send_keys("-4\ue007")  # Enter goes on to the next
    assert sheet.browser.switch_to.active_element.get_attribute("aria-label") == "value of a"
    sheet.one("#reveal").send_keys(" ")
    assert sheet.values()["derivative of J by w"] == "−4"


def test_small_arrays(opened: Open) -> None:
    sheet = opened(
        "input x: [2] = [1, 2]\nparam W: [2, 2] = [[1, 2], [3, 4]]\n"
        "h = tanh(x @ W / 10)\nloss J = sum(h**2)\n"
    )
    box = sheet.type("value of h", "0.6044, 0.7616")
    assert "right" in box.get_attribute("class")
    assert "wrong" in sheet.type("value of h", "[0.6044]").get_attribute("class")
    assert sheet.status == "h = [0.6044] is not 2 numbers"
    sheet.type("x, given; can be changed", "[0, 0]")
    sheet.click("reveal")
    assert sheet.values()["derivative of J by W"] == "[[0, 0], [0, 0]]"


def test_the_hint_bumps_each_number_of_an_array(opened: Open) -> None:
    sheet = opened("param v: [2] = [1, 3]\na = v * v\nloss J = sum(a)\n")
    sheet.box("derivative of J by v").click()
    bump = sheet.hint("bump")
    assert "v[0] up 0.001: J goes from 10 to 10.002001" in bump
    assert "v[1] up 0.001: J goes from 10 to 10.006001" in bump


def test_a_loop_is_told_and_judged(opened: Open) -> None:
    """What the page cannot compute itself."""
    sheet = opened(
        "input xs: [2] = [1, 2]\nparam w = 0.5\nscan h = w over t in xs { next h = h * t }\n"
        "a = 3 * h\nloss J = a**2\n"
    )
    given = sheet.box("w, given")
    assert given.get_attribute("readonly") == "true"
    assert sheet.all("#reset") == []
    for spoken, number in {
        "value of h": "1", "value of a": "3", "value of J": "9", "derivative of J by a": "6",
        "derivative of J by h": "18", "derivative of J by w": "36",
    }.items():  # fmt: skip
        assert "right" in sheet.type(spoken, number).get_attribute("class")
    assert sheet.one("#score").text == "6 of 6 right"
    assert "wrong" in sheet.type("derivative of J by w", "35").get_attribute("class")
    sheet.box("derivative of J by h").click()
    assert sheet.hint("chain") == "dJ/dh = da/dh · dJ/da\n= 3 · 6"
    assert "h up 0.001: J goes from 9 to 9.018009" in sheet.hint("bump")
    sheet.click("reveal")
    sheet.click("hide")
    assert sheet.values()["w, given"] == "0.5"


def test_hostile_names_and_documentation_do_nothing(opened: Open) -> None:
    sheet = opened(HOSTILE)
    with contextlib.suppress(Exception):
        alert = sheet.browser.switch_to.alert
        raise AssertionError(alert.text)
    assert "<script>alert(1)</script>" in sheet.one("h1").text
    assert len(sheet.all("script")) == 2
    assert sheet.all("img") == []


def test_an_injected_script_would_not_run(opened: Open) -> None:
    sheet = opened(LINEAR_UNIT)
    sheet.browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        "document.body.append(s)"
    )
    assert sheet.browser.execute_script("return window.ran === undefined")
    sheet.browser.get_log("browser")  # it says that it refused
