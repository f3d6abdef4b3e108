"""Ratings as products of a few tastes of people with a few traits of films.

Compiled by gradc 0.1.0 from factors.graph at -O1. Edit the graph, not this file.

Dimensions
    N  free
    PEOPLE, FILMS, K = 400, 200, 3

Inputs
    person  i64[N]  Who rates what, and how.
    film    i64[N]
    rating  f64[N]

Parameters
    taste     f64[400, 3]  ~ normal(0.3)
    trait     f64[200, 3]  ~ normal(0.3)
    generous  f64[400]     = 0            How generous a person is, and how good a film.
    good      f64[200]     = 0
    overall   f64          = 0

Outputs
    prediction  f64[N]
    J           f64     the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)
_i64 = np.dtype(np.int64)

Params = TypedDict("Params", {
    "taste": npt.NDArray[np.float64], "trait": npt.NDArray[np.float64],
    "generous": npt.NDArray[np.float64], "good": npt.NDArray[np.float64], "overall": float,
})
Gradients = Params


class Outputs(NamedTuple):
    prediction: npt.NDArray[np.float64]  # f64[N]
    J: float


class Prediction(NamedTuple):
    prediction: npt.NDArray[np.float64]  # f64[N]


class Saved(NamedTuple):
    person: Any  # i64[N]
    film: Any  # i64[N]
    t: Any  # f64[N, 3]
    f: Any  # f64[N, 3]
    g: Any  # f64[N]
    error_difference: Any  # f64[N]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "taste": rng.normal(0, 0.3, (400, 3)),
        "trait": rng.normal(0, 0.3, (200, 3)),
        "generous": np.zeros(400),
        "good": np.zeros(200),
        "overall": 0.0,
    }


def forward(
    params: Params, *, person: npt.ArrayLike, film: npt.ArrayLike, rating: npt.ArrayLike
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    taste, trait, generous, good, overall = _params(params)
    person = _array("person", person, _i64, (None,), "i64[N]")
    N = person.shape[0]
    film = _array("film", film, _i64, (N,), "i64[N]")
    rating = _array("rating", rating, _f64, (N,), "f64[N]")
    _indices("person", person, 400)
    _indices("film", film, 200)

    # t = take(taste, person, axis=0)
    t = taste.take(person, axis=0)  # f64[N, 3]

    # f = take(trait, film, axis=0)
    f = trait.take(film, axis=0)  # f64[N, 3]

    # g = take(generous, person)
    g = generous.take(person)  # f64[N]

    # output prediction = overall + g + take(good, film) + sum(t * f, axis=1)
    prediction = overall + g + good.take(film) + (t * f).sum(axis=1)  # f64[N]

    # error = mse_loss(prediction, rating)
    error_difference = prediction - rating  # f64[N]
    error = (error_difference**2).mean()  # f64

    # loss J = error + penalty * (mean(square(t)) + mean(square(f)) + mean(square(g)))
    J_product = 0.02 * ((t**2).mean() + (f**2).mean() + (g**2).mean())  # f64
    J = error + J_product  # f64

    return Outputs(prediction, float(J)), Saved(person, film, t, f, g, error_difference)


def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    person, film, t, f, g, error_difference = saved
    N = person.shape[0]
    dJ = _scalar("dJ", dJ, _f64)

    # J = error + penalty * (mean(square(t)) + mean(square(f)) + mean(square(g)))   dJ/derror = 1
    #     dJ/dg = 2 * (dJ/dJ_total / N) * g   [N]
    #     dJ/df = dJ/df_product * f   [N, 3]
    #     dJ/dt = dJ/df_product * t   [N, 3]
    dJ_dJ_total = dJ * 0.02
    dJ_dg = 2 * (dJ_dJ_total / N) * g  # f64[N]
    dJ_df_product = 2 * (dJ_dJ_total / (3 * N))
    dJ_df = dJ_df_product * f  # f64[N, 3]
    dJ_dt = dJ_df_product * t  # f64[N, 3]

    # error = mse_loss(prediction, rating)    dJ/dprediction = 2 / N * error_difference   [N]
    dJ_dprediction = 2 * (dJ / N) * error_difference  # f64[N]

    # prediction = overall + g + take(good, film) + sum(t * f, axis=1)
    #     dJ/dt += dJ/dprediction_product * f   [N, 3]
    #     dJ/df += dJ/dprediction_product * t   [N, 3]
    #     dJ/dgood = _scatter_add(dJ/dprediction, film, (200,), 0)   [200]
    #     dJ/doverall = dJ/dprediction.sum()
    #     dJ/dg += dJ/dprediction   [N]
    dJ_dprediction_product = dJ_dprediction[:, None]  # f64[N, 1]
    dJ_dt += dJ_dprediction_product * f
    dJ_df += dJ_dprediction_product * t
    dJ_dgood = _scatter_add(dJ_dprediction, film, (200,), 0)  # f64[200]
    dJ_doverall = dJ_dprediction.sum()
    dJ_dg += dJ_dprediction

    # g = take(generous, person)
    #     dJ/dgenerous = _scatter_add(dJ/dg, person, (400,), 0)   [400]
    dJ_dgenerous = _scatter_add(dJ_dg, person, (400,), 0)  # f64[400]

    # f = take(trait, film, axis=0)
    #     dJ/dtrait = _scatter_add(dJ/df, film, (200, 3), 0)   [200, 3]
    dJ_dtrait = _scatter_add(dJ_df, film, (200, 3), 0)  # f64[200, 3]

    # t = take(taste, person, axis=0)
    #     dJ/dtaste = _scatter_add(dJ/dt, person, (400, 3), 0)   [400, 3]
    dJ_dtaste = _scatter_add(dJ_dt, person, (400, 3), 0)  # f64[400, 3]

    return {
        "taste": dJ_dtaste, "trait": dJ_dtrait, "generous": dJ_dgenerous, "good": dJ_dgood,
        "overall": float(dJ_doverall),
    }


def value_and_grad(
    params: Params, *, person: npt.ArrayLike, film: npt.ArrayLike, rating: npt.ArrayLike
) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, person=person, film=film, rating=rating)
    return float(outputs.J), backward(saved)


def predict(params: Params, *, person: npt.ArrayLike, film: npt.ArrayLike) -> Prediction:
    """The outputs that need no rating."""
    taste, trait, generous, good, overall = _params(params)
    person = _array("person", person, _i64, (None,), "i64[N]")
    N = person.shape[0]
    film = _array("film", film, _i64, (N,), "i64[N]")
    _indices("person", person, 400)
    _indices("film", film, 200)
    t = taste.take(person, axis=0)
    f = trait.take(film, axis=0)
    g = generous.take(person)
    prediction = np.add(overall, g, out=g)
    prediction += good.take(film)
    prediction_product = np.multiply(t, f, out=t)
    prediction += prediction_product.sum(axis=1)
    return Prediction(prediction)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    taste = _array("taste", params["taste"], _f64, (400, 3))
    trait = _array("trait", params["trait"], _f64, (200, 3))
    generous = _array("generous", params["generous"], _f64, (400,))
    good = _array("good", params["good"], _f64, (200,))
    overall = _scalar("overall", params["overall"], _f64)
    return taste, trait, generous, good, overall


def _array(name: str, value: Any, dtype: Any, shape: Any, declared: str = "") -> npt.NDArray[Any]:
    """The argument as an array of this type; None in a shape stands for any size."""
    if type(value) is np.ndarray and value.dtype is dtype:
        found, free = value.shape, shape.count(None)
        if found == shape or (len(found) == len(shape) and found[free:] == shape[free:]):
            return value  # as it should be, and the first sizes free
    try:
        array = given = np.asarray(value)
    except ValueError:
        raise ValueError(_refusal(name, "a ragged sequence", dtype, shape, declared)) from None
    if array.shape != shape:
        differ = [n for n, m in zip(shape, array.shape) if n not in (None, m)]
        if differ or array.ndim != len(shape):
            raise ValueError(_refusal(name, given, dtype, shape, declared))
    if array.dtype != dtype:
        typed = array.size or given is value  # an empty list has no element type
        loses = typed and not np.can_cast(array.dtype, dtype, "same_kind")
        array = given if loses else array.astype(dtype)
        if loses or (array.dtype.kind == "i" and (array != given).any()):
            raise TypeError(_refusal(name, given, dtype, shape, declared))
    return array


def _scalar(name: str, value: Any, dtype: Any) -> Any:
    if type(value) is float and dtype is _f64:
        return np.float64(value)
    if type(value) is dtype.type:
        return value
    return _array(name, value, dtype, ())[()]


def _refusal(name: str, found: Any, dtype: Any, shape: Any, declared: str) -> str:
    """What is wrong with an argument: what it should be, and what came."""
    kind = dtype.name.replace("float", "f").replace("int", "i")
    declared = declared or (f"{kind}{list(shape)}" if shape else kind)
    if not isinstance(found, str):
        found = f"{found.dtype}{list(found.shape)}"
    return f"{name}: expected {declared}, got {found}"


def _indices(name: str, array: Any, size: int, low: Any = None, kind: Any = IndexError) -> None:
    """Refuses what does not count along an axis of this size, from its end either unless told."""
    low = -size if low is None else low
    if array.size and (array.min() < low or array.max() >= size):
        place = np.argwhere((array < low) | (array >= size))[0].tolist()
        found = f"{array[tuple(place)]}" + f" at {place}" * bool(place)
        raise kind(f"{name}: expected {low} <= {name} < {size}, got {found}")


def _scatter_add(x: Any, indices: Any, shape: Any, axis: int = 0) -> Any:
    """Zeros of a shape with x added at positions along an axis; repeated ones add up."""
    y = np.zeros(shape, x.dtype)
    if len(shape) == 1:
        np.add.at(y, np.ravel(indices), np.ravel(x))
        return y
    # NumPy adds at positions in one flat axis several times faster than at rows.
    size, after = shape[axis], int(np.prod(shape[axis + 1 :]))
    before = np.arange(int(np.prod(shape[:axis])))[:, None] * size
    rows = (before + np.ravel(indices) % max(size, 1)).reshape(-1, 1)
    rows *= after
    x, flat, within = x.reshape(len(rows), after), y.reshape(-1), np.arange(after)
    if after < 16:  # few columns: one after the other, with the same positions for all
        for column in within:
            np.add.at(flat[column:], rows[:, 0], x[:, column])
        return y
    step = 32768 // after + 1  # rows whose positions stay in cache
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        np.add.at(flat, (rows[block] + within).reshape(-1), x[block].reshape(-1))
    return y


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "factors.graph",
    "sha256": "844911608519f6a7c47abcd9c182c43d2677501dae38168eaf6a6022b170b37d",
    "options": ["-O1"], "dims": {"N": None, "PEOPLE": 400, "FILMS": 200, "K": 3},
    "loss": "J", "losses": {"J": ["taste", "trait", "generous", "good", "overall"]},
    "inputs": {
        "person": {"argument": "person", "dtype": "int64", "shape": ["N"]},
        "film": {"argument": "film", "dtype": "int64", "shape": ["N"]},
        "rating": {"argument": "rating", "dtype": "float64", "shape": ["N"]},
    },
    "params": {
        "taste": {"argument": "taste", "dtype": "float64", "shape": [400, 3]},
        "trait": {"argument": "trait", "dtype": "float64", "shape": [200, 3]},
        "generous": {"argument": "generous", "dtype": "float64", "shape": [400]},
        "good": {"argument": "good", "dtype": "float64", "shape": [200]},
        "overall": {"argument": "overall", "dtype": "float64", "shape": []},
    },
    "outputs": {
        "prediction": {"argument": "prediction", "dtype": "float64", "shape": ["N"]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
