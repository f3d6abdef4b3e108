"""A type in front of its name, whatever it is called and declared: the help puts it behind."""

import pytest

from gradc.diagnostics import Help
from gradc.remedies.tries import edited
from tests.habits.test_habits import errors_of

MEANT = {
    "": "float double Tensor torch.Tensor np.ndarray jnp.ndarray array matrix real",
    "f32": "f32 float32 np.float32 torch.float32 single",
    "f64": "f64 float64 jnp.float64",
    "i64": "i64 int long int64 np.int64 integer LongTensor",
    "i32": "i32 int32 torch.int32",
    "bool": "bool boolean np.bool_",
}
NAMES = [(name, element) for element, names in MEANT.items() for name in names.split()]


@pytest.mark.parametrize(("name", "element"), NAMES)
@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("input {} u: [3]", "input u: {}[3]"),
        ("input {}[3] u", "input u: {}[3]"),
        ("input {} u[3]", "input u: {}[3]"),
        ("{} u: [3]", "input u: {}[3]"),
        ("{}[3] u", "input u: {}[3]"),
        ("state {} u: [3] = 0", "state u: {}[3] = 0"),
    ],
)
def test_a_type_goes_behind_its_name(name: str, element: str, line: str, right: str) -> None:
    start = "false" if element == "bool" else "0"
    wrong = line.format(name).replace("= 0", f"= {start}")
    text = f"param w\n{wrong}\nloss J = w\n"
    (found,) = errors_of(text)
    (help_,) = found.helps
    assert isinstance(help_, Help)
    changed = edited(text, help_.replacements)
    assert changed.split("\n")[1] == right.format(element).replace("= 0", f"= {start}")
    assert not errors_of(changed)
