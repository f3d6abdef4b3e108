"""Hares and the lynxes that eat them: the equations of Lotka and Volterra for pelts of 21 years.

Compiled by gradc 0.1.0 from lynx.graph at -O1 --also pack. Edit the graph, not this file.

Dimensions
    Y, S = 21, 8

Inputs
    pelts  f64[21, 2]  Thousands of pelts of hares and of lynxes, year by year.

Parameters
    birth  f64     = 0.5
        How fast hares grow, are eaten by each lynx, lynxes die, and grow by each hare.
    eaten  f64     = 0.02
    death  f64     = 0.5
    fed    f64     = 0.02
    start  f64[2]  = [3.4, 1.4]  The logarithms of both numbers in the first year.

Outputs
    years     f64[21, 2]
    by_birth  f64[21, 2]  How the logarithms move with the hares' rate of births.
    J         f64         the loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "birth": float, "eaten": float, "death": float, "fed": float, "start": npt.NDArray[np.float64],
})
Gradients = Params


class Outputs(NamedTuple):
    years: npt.NDArray[np.float64]  # f64[21, 2]
    by_birth: npt.NDArray[np.float64]  # f64[21, 2]
    J: float


class Prediction(NamedTuple):
    years: npt.NDArray[np.float64]  # f64[21, 2]
    by_birth: npt.NDArray[np.float64]  # f64[21, 2]


class Saved(NamedTuple):
    effect: Any  # f64[2, 2]
    k1_exp_steps_steps: Any  # f64[21, 8, 2]
    k2_exp_steps_steps: Any  # f64[21, 8, 2]
    k3_exp_steps_steps: Any  # f64[21, 8, 2]
    k4_exp_steps_steps: Any  # f64[21, 8, 2]
    J_difference: Any  # f64[21, 2]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "birth": 0.5,
        "eaten": 0.02,
        "death": 0.5,
        "fed": 0.02,
        "start": np.array([3.4, 1.4], np.float64),
    }


def forward(params: Params, *, pelts: npt.ArrayLike) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward` needs of this call."""
    birth, eaten, death, fed, start = _params(params)
    pelts = _array("pelts", pelts, _f64, (21, 2))

    # rate = stack([birth, -death])
    rate = np.array([birth, -death])  # f64[2]

    # effect = [[0, -eaten], [fed, 0]]
    effect = np.array([[0, -eaten], [fed, 0]])  # f64[2, 2]

    # scan z = start times Y
    z = start  # f64[2]
    years = np.empty((21, 2), np.float64)
    k1_exp_steps_steps = np.empty((21, 8, 2), np.float64)
    k2_exp_steps_steps = np.empty((21, 8, 2), np.float64)
    k3_exp_steps_steps = np.empty((21, 8, 2), np.float64)
    k4_exp_steps_steps = np.empty((21, 8, 2), np.float64)
    for t in range(21):
        years[t] = z

        # scan moment = z times S
        k1_exp_steps = np.empty((8, 2), np.float64)
        k2_exp_steps = np.empty((8, 2), np.float64)
        k3_exp_steps = np.empty((8, 2), np.float64)
        k4_exp_steps = np.empty((8, 2), np.float64)
        for t_2 in range(8):
            # next moment = step(moment, 1 / S, rate, effect)
            # slope(z, rate, effect)
            moment_k1_exp = np.exp(z)  # f64[2]
            moment_k1 = rate + effect @ moment_k1_exp  # f64[2]

            # slope(z + h / 2 * k1, rate, effect)
            moment_k2_exp = np.exp(z + 0.0625 * moment_k1)  # f64[2]
            moment_k2 = rate + effect @ moment_k2_exp  # f64[2]

            # slope(z + h / 2 * k2, rate, effect)
            moment_k3_exp = np.exp(z + 0.0625 * moment_k2)  # f64[2]
            moment_k3 = rate + effect @ moment_k3_exp  # f64[2]

            # slope(z + h * k3, rate, effect)
            moment_k4_exp = np.exp(z + 0.125 * moment_k3)  # f64[2]

            # step: return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            next_moment = 0.020833333333333332 * (  # f64[2]
                moment_k1
                + 2 * moment_k2
                + 2 * moment_k3
                + (rate + effect @ moment_k4_exp)
            )
            next_moment += z

            k1_exp_steps[t_2] = moment_k1_exp
            k2_exp_steps[t_2] = moment_k2_exp
            k3_exp_steps[t_2] = moment_k3_exp
            k4_exp_steps[t_2] = moment_k4_exp
            z = next_moment

        k1_exp_steps_steps[t] = k1_exp_steps
        k2_exp_steps_steps[t] = k2_exp_steps
        k3_exp_steps_steps[t] = k3_exp_steps
        k4_exp_steps_steps[t] = k4_exp_steps

    # output by_birth = jvp(years, birth, 1)
    rate_dot = np.zeros((2,), np.float64(1.0).dtype)  # f64[2]
    rate_dot[0] = np.float64(1.0)
    z_2 = start  # f64[2]
    z_dot = np.zeros(2, np.float64)
    by_birth = np.empty((21, 2), np.float64)
    for t in range(21):
        by_birth[t] = z_dot

        # scan moment = z times S
        for t_2 in range(8):
            # next moment = step(moment, 1 / S, rate, effect)
            # slope(z, rate, effect)
            moment_k1_exp_2 = np.exp(z_2)  # f64[2]
            moment_k1_2 = rate + effect @ moment_k1_exp_2  # f64[2]
            total_dot = rate_dot + effect @ (z_dot * moment_k1_exp_2)  # f64[2]

            # slope(z + h / 2 * k1, rate, effect)
            moment_k2_exp_2 = np.exp(z_2 + 0.0625 * moment_k1_2)  # f64[2]
            moment_k2_2 = rate + effect @ moment_k2_exp_2  # f64[2]
            k2_dot = rate_dot + effect @ ((z_dot + total_dot * 0.0625) * moment_k2_exp_2)  # f64[2]

            # slope(z + h / 2 * k2, rate, effect)
            moment_k3_exp_2 = np.exp(z_2 + 0.0625 * moment_k2_2)  # f64[2]
            moment_k3_2 = rate + effect @ moment_k3_exp_2  # f64[2]
            k3_dot = rate_dot + effect @ ((z_dot + k2_dot * 0.0625) * moment_k3_exp_2)  # f64[2]

            # slope(z + h * k3, rate, effect)
            moment_k4_exp_2 = np.exp(z_2 + 0.125 * moment_k3_2)  # f64[2]
            next_moment_dot = (  # f64[2]
                rate_dot + effect @ ((z_dot + k3_dot * 0.125) * moment_k4_exp_2)
            )

            # step: return z + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
            next_moment_dot += total_dot + k2_dot * 2 + k3_dot * 2
            next_moment_2 = 0.020833333333333332 * (  # f64[2]
                moment_k1_2
                + 2 * moment_k2_2
                + 2 * moment_k3_2
                + (rate + effect @ moment_k4_exp_2)
            )
            next_moment_dot *= 0.020833333333333332
            next_moment_2 += z_2
            next_moment_dot += z_dot

            z_2, z_dot = next_moment_2, next_moment_dot

    # loss J = mean(square(years - log(pelts)))
    J_difference = years - np.log(pelts)  # f64[21, 2]
    J = (J_difference**2).mean()  # f64

    return Outputs(years, by_birth, float(J)), Saved(
        effect, k1_exp_steps_steps, k2_exp_steps_steps, k3_exp_steps_steps, k4_exp_steps_steps,
        J_difference,
    )


@np.errstate(all="ignore")  # of what is computed, but not chosen
def backward(saved: Saved, *, dJ: float = 1.0) -> Gradients:
    """The gradient of J with respect to each parameter, times dJ."""
    (
        effect, k1_exp_steps_steps, k2_exp_steps_steps, k3_exp_steps_steps, k4_exp_steps_steps,
        J_difference,
    ) = saved
    dJ = _scalar("dJ", dJ, _f64)

    # J = mean(square(years - log(pelts)))    dJ/dyears = 2 / 42 * J_difference   [21, 2]
    dJ_dyears = 2 * (dJ / 42) * J_difference  # f64[21, 2]

    # scan z = start times Y
    dJ_dz = np.zeros(2, np.float64)
    dJ_deffect = np.zeros((2, 2), np.float64)
    dJ_drate = np.zeros(2, np.float64)
    for t in reversed(range(21)):
        dJ_dz_2 = dJ_dyears[t]  # f64[2]

        # scan moment = z times S
        dJ_deffect_2 = np.zeros((2, 2), np.float64)
        dJ_drate_2 = np.zeros(2, np.float64)
        for t_2 in reversed(range(8)):
            moment_k1_exp = k1_exp_steps_steps[t][t_2]  # f64[2]
            moment_k2_exp = k2_exp_steps_steps[t][t_2]  # f64[2]
            moment_k3_exp = k3_exp_steps_steps[t][t_2]  # f64[2]
            moment_k4_exp = k4_exp_steps_steps[t][t_2]  # f64[2]

            # next moment = step(moment, 1 / S, rate, effect)
            #     dJ/dmoment = dJ/dz + np.where(dJ/dk1_exp == 0, 0, dJ/dk1_exp * moment_k1_exp)
            dJ_drate_3 = dJ_dz * 0.020833333333333332  # f64[2]
            dJ_dk2 = 0.041666666666666664 * dJ_dz  # f64[2]

            # slope(z + h * k3, rate, effect)
            moment_k4_product_dy_part = dJ_drate_3[:, None]  # f64[2, 1]
            dJ_dk4_exp = effect.T @ dJ_drate_3  # f64[2]
            dJ_deffect_3 = np.where(  # f64[2, 2], 0 where it does not count
                moment_k4_product_dy_part == 0, 0, moment_k4_product_dy_part * moment_k4_exp
            )
            dJ_dk4_total = (  # f64[2], 0 where it does not count
                np.where(dJ_dk4_exp == 0, 0, dJ_dk4_exp * moment_k4_exp)
            )

            # step: k4 = slope(z + h * k3, rate, effect)
            dJ_dz += dJ_dk4_total
            dJ_dk3 = dJ_dk2 + dJ_dk4_total * 0.125  # f64[2]

            # slope(z + h / 2 * k2, rate, effect)
            dJ_drate_4 = dJ_drate_3 + dJ_dk3  # f64[2]
            moment_k3_product_dy_part = dJ_dk3[:, None]  # f64[2, 1]
            dJ_dk3_exp = effect.T @ dJ_dk3  # f64[2]
            dJ_deffect_3 += np.where(  # 0 where it does not count
                moment_k3_product_dy_part == 0, 0, moment_k3_product_dy_part * moment_k3_exp
            )
            dJ_dk3_total = (  # f64[2], 0 where it does not count
                np.where(dJ_dk3_exp == 0, 0, dJ_dk3_exp * moment_k3_exp)
            )

            # step: k3 = slope(z + h / 2 * k2, rate, effect)
            dJ_dz += dJ_dk3_total
            dJ_dk2 += dJ_dk3_total * 0.0625

            # slope(z + h / 2 * k1, rate, effect)
            dJ_drate_4 += dJ_dk2
            moment_k2_product_dy_part = dJ_dk2[:, None]  # f64[2, 1]
            dJ_dk2_exp = effect.T @ dJ_dk2  # f64[2]
            dJ_deffect_3 += np.where(  # 0 where it does not count
                moment_k2_product_dy_part == 0, 0, moment_k2_product_dy_part * moment_k2_exp
            )
            dJ_dk2_total = (  # f64[2], 0 where it does not count
                np.where(dJ_dk2_exp == 0, 0, dJ_dk2_exp * moment_k2_exp)
            )

            # step: k2 = slope(z + h / 2 * k1, rate, effect)
            dJ_dz += dJ_dk2_total
            dJ_dk1 = np.add(dJ_drate_3, dJ_dk2_total * 0.0625, out=dJ_drate_3)  # f64[2]

            # slope(z, rate, effect)                  dJ/drate += dJ/drate_4 + dJ/dk1   [2]
            dJ_drate_step = np.add(dJ_drate_4, dJ_dk1, out=dJ_drate_4)  # f64[2]
            moment_k1_product_dy_part = dJ_dk1[:, None]  # f64[2, 1]
            dJ_dk1_exp = effect.T @ dJ_dk1  # f64[2]
            dJ_deffect_step = np.add(  # f64[2, 2], 0 where it does not count
                dJ_deffect_3,
                np.where(
                    moment_k1_product_dy_part == 0, 0, moment_k1_product_dy_part * moment_k1_exp
                ),
                out=dJ_deffect_3,
            )
            dJ_dz += (  # 0 where it does not count
                np.where(dJ_dk1_exp == 0, 0, dJ_dk1_exp * moment_k1_exp)
            )
            dJ_deffect_2 += dJ_deffect_step
            dJ_drate_2 += dJ_drate_step
        dJ_dz += dJ_dz_2
        dJ_deffect += dJ_deffect_2
        dJ_drate += dJ_drate_2

    # effect = [[0, -eaten], [fed, 0]]        dJ/dfed = dJ/deffect[1][0]
    #                                         dJ/deaten = -dJ/deffect[0][1]
    dJ_dfed = dJ_deffect[1][0]
    dJ_deaten = -dJ_deffect[0][1]

    # rate = stack([birth, -death])           dJ/dbirth = dJ/drate[0]
    #                                         dJ/ddeath = -dJ/drate[1]
    dJ_dbirth = dJ_drate[0]
    dJ_ddeath = -dJ_drate[1]

    return {
        "birth": float(dJ_dbirth), "eaten": float(dJ_deaten), "death": float(dJ_ddeath),
        "fed": float(dJ_dfed), "start": dJ_dz,
    }


def value_and_grad(params: Params, *, pelts: npt.ArrayLike) -> tuple[float, Gradients]:
    """J and its gradient."""
    outputs, saved = forward(params, pelts=pelts)
    return float(outputs.J), backward(saved)


def predict(params: Params) -> Prediction:
    """The outputs that need no pelts."""
    birth, eaten, death, fed, start = _params(params)
    rate = np.array([birth, -death])
    effect = np.array([[0, -eaten], [fed, 0]])
    z = start
    years = np.empty((21, 2), np.float64)
    for t in range(21):
        years[t] = z
        for t_2 in range(8):
            moment_k1 = rate + effect @ np.exp(z)
            moment_k2 = rate + effect @ np.exp(z + 0.0625 * moment_k1)
            moment_k3 = rate + effect @ np.exp(z + 0.0625 * moment_k2)
            next_moment = rate + effect @ np.exp(z + 0.125 * moment_k3)
            next_moment += moment_k1 + 2 * moment_k2 + 2 * moment_k3
            next_moment *= 0.020833333333333332
            next_moment += z
            z = next_moment
    rate_dot = np.zeros((2,), np.float64(1.0).dtype)
    rate_dot[0] = np.float64(1.0)
    z_2 = start
    z_dot = np.zeros(2, np.float64)
    by_birth = np.empty((21, 2), np.float64)
    for t in range(21):
        by_birth[t] = z_dot
        for t_2 in range(8):
            moment_k1_exp = np.exp(z_2)
            moment_k1_2 = rate + effect @ moment_k1_exp
            total_dot = rate_dot + effect @ (z_dot * moment_k1_exp)
            moment_k2_exp = np.exp(z_2 + 0.0625 * moment_k1_2)
            moment_k2_2 = rate + effect @ moment_k2_exp
            k2_dot = rate_dot + effect @ ((z_dot + total_dot * 0.0625) * moment_k2_exp)
            moment_k3_exp = np.exp(z_2 + 0.0625 * moment_k2_2)
            moment_k3_2 = rate + effect @ moment_k3_exp
            k3_dot = rate_dot + effect @ ((z_dot + k2_dot * 0.0625) * moment_k3_exp)
            moment_k4_exp = np.exp(z_2 + 0.125 * moment_k3_2)
            next_moment_dot = rate_dot + effect @ ((z_dot + k3_dot * 0.125) * moment_k4_exp)
            next_moment_dot += total_dot + k2_dot * 2 + k3_dot * 2
            next_moment_2 = 0.020833333333333332 * (
                moment_k1_2
                + 2 * moment_k2_2
                + 2 * moment_k3_2
                + (rate + effect @ moment_k4_exp)
            )
            next_moment_dot *= 0.020833333333333332
            next_moment_2 += z_2
            next_moment_dot += z_dot
            z_2, z_dot = next_moment_2, next_moment_dot
    return Prediction(years, by_birth)


def pack(values: Params) -> npt.NDArray[np.float64]:
    """One vector of all parameters, or of their gradients, in the order of the graph."""
    return np.concatenate([np.ravel(value) for value in _params(values)], dtype=np.float64)


def unpack(vector: npt.ArrayLike) -> Params:
    """The parameters that a vector holds, as views of it where it is of their type."""
    vector = _array("vector", vector, _f64, (6,))
    return {
        "birth": float(vector[0]),
        "eaten": float(vector[1]),
        "death": float(vector[2]),
        "fed": float(vector[3]),
        "start": vector[4:6],
    }


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    birth = _scalar("birth", params["birth"], _f64)
    eaten = _scalar("eaten", params["eaten"], _f64)
    death = _scalar("death", params["death"], _f64)
    fed = _scalar("fed", params["fed"], _f64)
    start = _array("start", params["start"], _f64, (2,))
    return birth, eaten, death, fed, start


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


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "lynx.graph",
    "sha256": "fe18384890ab2545d3c89d3da12ef88e5035f2fb8e0b38a5a0148cd709c21f64",
    "options": ["-O1", "--also pack"], "dims": {"Y": 21, "S": 8},
    "loss": "J", "losses": {"J": ["birth", "eaten", "death", "fed", "start"]},
    "inputs": {"pelts": {"argument": "pelts", "dtype": "float64", "shape": [21, 2]}},
    "params": {
        "birth": {"argument": "birth", "dtype": "float64", "shape": []},
        "eaten": {"argument": "eaten", "dtype": "float64", "shape": []},
        "death": {"argument": "death", "dtype": "float64", "shape": []},
        "fed": {"argument": "fed", "dtype": "float64", "shape": []},
        "start": {"argument": "start", "dtype": "float64", "shape": [2]},
    },
    "outputs": {
        "years": {"argument": "years", "dtype": "float64", "shape": [21, 2]},
        "by_birth": {"argument": "by_birth", "dtype": "float64", "shape": [21, 2]},
        "J": {"argument": "J", "dtype": "float64", "shape": []},
    },
    "state": {},
}
