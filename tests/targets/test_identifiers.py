"""Names that are handed out: each once, and without counting from the start each time."""

from gradc.ir.node import Value
from gradc.ir.text import Printer
from gradc.ir.types import Type
from gradc.targets.python.identifiers import Names

MANY = 1_000


class Watched(set[str]):
    """A set that counts how often it is asked for a member."""

    asked = 0

    def __contains__(self, name: object) -> bool:
        self.asked += 1
        return super().__contains__(name)


def test_a_name_is_handed_out_once() -> None:
    module = Names()
    assert [module.claim(name) for name in ("x", "x_3")] == ["x", "x_3"]
    function = Names(["y"], module)
    assert [function.claim("x") for _ in range(3)] == ["x_2", "x_4", "x_5"]
    assert [function.claim(name) for name in ("x_2", "x", "y", "z")] == ["x_2_2", "x_6", "y_2", "z"]
    assert module.claim("x") == "x_7"


def test_what_a_module_has_taken_gets_a_line_behind() -> None:
    module = Names(["math", "backward"])
    assert [module.claim(name) for name in ("math", "math_", "x")] == ["math_", "math__2", "x"]
    function = Names(["y"], module)
    assert [function.claim(name) for name in ("backward", "y")] == ["backward_", "y_2"]


def test_many_names_alike_take_a_few_steps_each() -> None:
    names = Names()
    names.taken = asked = Watched()
    assert [names.claim("x") for _ in range(MANY)][-1] == f"x_{MANY}"
    assert asked.asked <= 4 * MANY


def test_so_do_values_of_one_name_that_are_printed() -> None:
    printer = Printer()
    printer.taken = asked = Watched()
    values = [Value("x", Type("f64", ())) for _ in range(MANY)]
    assert [printer.name(v) for v in values][-1] == f"%x.{MANY}"
    assert asked.asked <= 4 * MANY
