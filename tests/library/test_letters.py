"""Subscripts with a letter too few or too many are told with others that fit."""

from collections.abc import Iterator

import pytest

from gradc.ir.types import Type, TypeMismatch
from gradc.library.shapes.linalg import summed_products

SIZES = {"i": 3, "j": 4, "k": 5, "b": 2}
RIGHT = ["ij,j->i", "ij,jk->ik", "bij,bjk->bik", "i,j->ij", "ij,ij->", "i,ij,j->", "bij,jk,k->bi",
         "bii->b", "ij->ji"]  # fmt: skip


def slips() -> Iterator[tuple[str, str, int]]:
    """Right subscripts, the same with a letter left out or added, and which array's it is."""
    for right in RIGHT:
        operands, _, result = right.partition("->")
        for i, letters in enumerate(operands.split(",")):
            wrong = [letters[:p] + letters[p + 1 :] for p in range(len(letters))]
            wrong += [letters[:p] + "q" + letters[p:] for p in range(len(letters) + 1)]
            for other in dict.fromkeys(wrong):
                named = operands.split(",")
                named[i] = other
                yield right, f"{','.join(named)}->{result}", i


@pytest.mark.parametrize(("right", "wrong", "at"), list(slips()))
def test_what_a_slip_is_told_fits(right: str, wrong: str, at: int) -> None:
    operands = right.partition("->")[0].split(",")
    arrays = [Type("f64", tuple(SIZES[c] for c in letters)) for letters in operands]
    with pytest.raises(TypeMismatch) as failure:
        summed_products(wrong, arrays)
    assert failure.value.operands == (at,)
    (told,) = failure.value.helps
    written = told.rpartition('"')[0].rpartition('"')[2]
    made = summed_products(written, arrays).results[0]
    elsewhere = "".join(operands[:at] + operands[at + 1 :])
    if "q" in wrong and set(operands[at]) <= set(elsewhere):  # each has its size
        assert written == right
        assert made == summed_products(right, arrays).results[0]


@pytest.mark.parametrize(
    ("wrong", "shapes", "meant"),
    [
        ("ij,jk->ik", [(3, 4), (4,)], "ij,j->i"),
        ("ij,j->i", [(3, 4), (4, 5)], "ij,jk->ik"),
        ("i,j->ij", [(3, 4), (4,)], "ij,j->ij"),
        ("ijk,k->ij", [(3, 4), (4,)], "ik,k->i"),
        ("ij,j->i", [(2, 3, 4), (4,)], "hij,j->hi"),
        ("ij,jk->ik", [(3,), (4,)], "i,k->ik"),
        ("ij,j->i", [(3, 4), ()], "ij,->i"),
    ],
)
def test_the_users_own_letters_go_where_they_fit(
    wrong: str, shapes: list[tuple[int, ...]], meant: str
) -> None:
    with pytest.raises(TypeMismatch) as failure:
        summed_products(wrong, [Type("f64", shape) for shape in shapes])
    (told,) = failure.value.helps
    assert f'"{meant}"' in told


def test_a_letter_of_another_size_is_no_example() -> None:
    with pytest.raises(TypeMismatch) as failure:
        summed_products("ij,jk->ik", [Type("f64", (3, 4)), Type("f64", (7,))])
    assert failure.value.helps == ("each axis has a letter, as in `l` for f64[7]",)
