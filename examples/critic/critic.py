"""A Wasserstein critic with gradient penalty, and a generator that learns from it: points of a plane.

Compiled by gradc 0.1.0 from critic.graph at -O1. Edit the graph, not this file.

Dimensions
    B  free

Inputs
    real  f64[B, 2]  Points to be imitated.

Parameters
    generator.first.W   f64[2, 32]   ~ glorot_uniform
    generator.first.b   f64[32]      = 0
    generator.second.W  f64[32, 32]  ~ glorot_uniform
    generator.second.b  f64[32]      = 0
    generator.last.W    f64[32, 2]   ~ glorot_uniform
    generator.last.b    f64[2]       = 0
    critic.first.W      f64[2, 32]   ~ glorot_uniform
    critic.first.b      f64[32]      = 0
    critic.second.W     f64[32, 32]  ~ glorot_uniform
    critic.second.b     f64[32]      = 0
    critic.last.W       f64[32, 1]   ~ glorot_uniform
    critic.last.b       f64[1]       = 0

Outputs
    fake      f64[B, 2]
    distance  f64
        The critic's estimate of how far the generated points are from the real ones.
    D         f64        a loss
    G         f64        a loss
"""
# ruff: noqa
# fmt: off

from typing import Any, NamedTuple, TypedDict

import numpy as np
import numpy.typing as npt

_f64 = np.dtype(np.float64)

Params = TypedDict("Params", {
    "generator.first.W": npt.NDArray[np.float64], "generator.first.b": npt.NDArray[np.float64],
    "generator.second.W": npt.NDArray[np.float64], "generator.second.b": npt.NDArray[np.float64],
    "generator.last.W": npt.NDArray[np.float64], "generator.last.b": npt.NDArray[np.float64],
    "critic.first.W": npt.NDArray[np.float64], "critic.first.b": npt.NDArray[np.float64],
    "critic.second.W": npt.NDArray[np.float64], "critic.second.b": npt.NDArray[np.float64],
    "critic.last.W": npt.NDArray[np.float64], "critic.last.b": npt.NDArray[np.float64],
})
Gradients_D = TypedDict("Gradients_D", {
    "critic.first.W": npt.NDArray[np.float64], "critic.first.b": npt.NDArray[np.float64],
    "critic.second.W": npt.NDArray[np.float64], "critic.second.b": npt.NDArray[np.float64],
    "critic.last.W": npt.NDArray[np.float64], "critic.last.b": npt.NDArray[np.float64],
})
Gradients_G = TypedDict("Gradients_G", {
    "generator.first.W": npt.NDArray[np.float64], "generator.first.b": npt.NDArray[np.float64],
    "generator.second.W": npt.NDArray[np.float64], "generator.second.b": npt.NDArray[np.float64],
    "generator.last.W": npt.NDArray[np.float64], "generator.last.b": npt.NDArray[np.float64],
})


class Outputs(NamedTuple):
    fake: npt.NDArray[np.float64]  # f64[B, 2]
    distance: float
    D: float
    G: float


class Saved(NamedTuple):
    real: Any  # f64[B, 2]
    generator_second_W: Any  # f64[32, 32]
    generator_last_W: Any  # f64[32, 2]
    critic_first_W: Any  # f64[2, 32]
    critic_second_W: Any  # f64[32, 32]
    critic_last_W: Any  # f64[32, 1]
    fake_normal: Any  # f64[B, 2]
    fake_h: Any  # f64[B, 32]
    fake_tanh: Any  # f64[B, 32]
    fake: Any  # f64[B, 2]
    of_real_h: Any  # f64[B, 32]
    of_real_tanh: Any  # f64[B, 32]
    of_fake_h: Any  # f64[B, 32]
    of_fake_tanh: Any  # f64[B, 32]
    between: Any  # f64[B, 2]
    slope_h: Any  # f64[B, 32]
    slope_tanh: Any  # f64[B, 32]
    dbetween_dslope_total: Any  # f64[B, 1]
    dbetween_dslope_tanh: Any  # f64[B, 32]
    tanh_slope: Any  # f64[B, 32]
    dbetween_dslope_total_2: Any  # f64[B, 32]
    dbetween_dh: Any  # f64[B, 32]
    h_slope: Any  # f64[B, 32]
    dbetween_dh_total: Any  # f64[B, 32]
    slope: Any  # f64[B, 2]
    penalty_sqrt: Any  # f64[B]
    penalty_difference: Any  # f64[B]


def init_params(rng: int | np.random.Generator = 0) -> Params:
    """Starting values, drawn in the order of the graph from a seed or a Generator."""
    rng = np.random.default_rng(rng)
    return {
        "generator.first.W": np.sqrt(6 / 34) * rng.uniform(-1, 1, (2, 32)),
        "generator.first.b": np.zeros(32),
        "generator.second.W": np.sqrt(6 / 64) * rng.uniform(-1, 1, (32, 32)),
        "generator.second.b": np.zeros(32),
        "generator.last.W": np.sqrt(6 / 34) * rng.uniform(-1, 1, (32, 2)),
        "generator.last.b": np.zeros(2),
        "critic.first.W": np.sqrt(6 / 34) * rng.uniform(-1, 1, (2, 32)),
        "critic.first.b": np.zeros(32),
        "critic.second.W": np.sqrt(6 / 64) * rng.uniform(-1, 1, (32, 32)),
        "critic.second.b": np.zeros(32),
        "critic.last.W": np.sqrt(6 / 33) * rng.uniform(-1, 1, (32, 1)),
        "critic.last.b": np.zeros(1),
    }


def forward(
    params: Params, *, real: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[Outputs, Saved]:
    """The outputs, and what `backward_D` and `backward_G` need of this call."""
    (
        generator_first_W, generator_first_b, generator_second_W, generator_second_b,
        generator_last_W, generator_last_b, critic_first_W, critic_first_b, critic_second_W,
        critic_second_b, critic_last_W, critic_last_b,
    ) = _params(params)
    real = _array("real", real, _f64, (None, 2), "f64[B, 2]")
    B = real.shape[0]
    rng = _generator(rng)

    # output fake = Net(random_normal([B, 2]), 2) as generator
    fake_normal = _normal(rng, (B, 2), np.float64)  # f64[B, 2]

    # generator.first = Dense(x, 32) as first
    fake_h = fake_normal @ generator_first_W  # f64[B, 32]
    fake_h += generator_first_b

    # generator: h = tanh(Dense(x, 32) as first)
    np.tanh(fake_h, out=fake_h)

    # generator.second = Dense(h, 32) as second
    fake_tanh = fake_h @ generator_second_W  # f64[B, 32]
    fake_tanh += generator_second_b

    # generator: return Dense(tanh(Dense(h, 32) as second), units) as last
    np.tanh(fake_tanh, out=fake_tanh)

    # generator.last = Dense(tanh(Dense(h, 32) as second), units) as last
    fake = fake_tanh @ generator_last_W  # f64[B, 2]
    fake += generator_last_b

    # of_real = Net(real, 1) as critic
    # critic.first = Dense(x, 32) as first
    of_real_h = real @ critic_first_W  # f64[B, 32]
    of_real_h += critic_first_b

    # critic: h = tanh(Dense(x, 32) as first)
    np.tanh(of_real_h, out=of_real_h)

    # critic.second = Dense(h, 32) as second
    of_real_tanh = of_real_h @ critic_second_W  # f64[B, 32]
    of_real_tanh += critic_second_b

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    np.tanh(of_real_tanh, out=of_real_tanh)

    # critic.last = Dense(tanh(Dense(h, 32) as second), units) as last
    of_real = of_real_tanh @ critic_last_W  # f64[B, 1]
    of_real += critic_last_b

    # of_fake = critic(fake)
    # critic.first = Dense(x, 32) as first
    of_fake_h = fake @ critic_first_W  # f64[B, 32]
    of_fake_h += critic_first_b

    # critic: h = tanh(Dense(x, 32) as first)
    np.tanh(of_fake_h, out=of_fake_h)

    # critic.second = Dense(h, 32) as second
    of_fake_tanh = of_fake_h @ critic_second_W  # f64[B, 32]
    of_fake_tanh += critic_second_b

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    np.tanh(of_fake_tanh, out=of_fake_tanh)

    # critic.last = Dense(tanh(Dense(h, 32) as second), units) as last
    of_fake = of_fake_tanh @ critic_last_W  # f64[B, 1]
    of_fake += critic_last_b

    # output distance = mean(of_real) - mean(of_fake)
    distance_mean = of_fake.mean()  # f64
    distance = of_real.mean() - distance_mean  # f64

    # mix = random_uniform([B, 1])
    mix = _uniform(rng, (B, 1), np.float64)  # f64[B, 1]

    between = mix * real + (1 - mix) * fake  # f64[B, 2]

    # slope = grad(sum(critic(between)), between)
    # critic.first = Dense(x, 32) as first
    slope_h = between @ critic_first_W  # f64[B, 32]
    slope_h += critic_first_b

    # critic: h = tanh(Dense(x, 32) as first)
    np.tanh(slope_h, out=slope_h)

    # critic.second = Dense(h, 32) as second
    slope_tanh = slope_h @ critic_second_W  # f64[B, 32]
    slope_tanh += critic_second_b

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    np.tanh(slope_tanh, out=slope_tanh)

    # derivative of slope = grad(sum(critic(between)), between)
    dbetween_dslope_total = np.broadcast_to(np.float64(1), (B, 1))  # f64[B, 1]
    dbetween_dslope_tanh = dbetween_dslope_total @ critic_last_W.T  # f64[B, 32]
    tanh_slope = 1 - slope_tanh * slope_tanh  # f64[B, 32]
    dbetween_dslope_total_2 = dbetween_dslope_tanh * tanh_slope  # f64[B, 32]
    dbetween_dh = dbetween_dslope_total_2 @ critic_second_W.T  # f64[B, 32]
    h_slope = 1 - slope_h * slope_h  # f64[B, 32]
    dbetween_dh_total = dbetween_dh * h_slope  # f64[B, 32]
    slope = dbetween_dh_total @ critic_first_W.T  # f64[B, 2]

    # penalty = mean(square(sqrt(sum(square(slope), axis=1)) - 1))
    penalty_sqrt = np.sqrt((slope**2).sum(axis=1))  # f64[B]
    penalty_difference = penalty_sqrt - 1  # f64[B]
    penalty = (penalty_difference**2).mean()  # f64

    D = penalty - distance  # f64

    # loss G = -mean(of_fake)
    G = -distance_mean  # f64

    return Outputs(fake.copy(), float(distance), float(D), float(G)), Saved(
        real, generator_second_W, generator_last_W, critic_first_W, critic_second_W, critic_last_W,
        fake_normal, fake_h, fake_tanh, fake, of_real_h, of_real_tanh, of_fake_h, of_fake_tanh,
        between, slope_h, slope_tanh, dbetween_dslope_total, dbetween_dslope_tanh, tanh_slope,
        dbetween_dslope_total_2, dbetween_dh, h_slope, dbetween_dh_total, slope, penalty_sqrt,
        penalty_difference,
    )


def backward_D(saved: Saved, *, dD: float = 1.0) -> Gradients_D:
    """The gradient of D: what `Gradients_D` names."""
    real, critic_first_W, critic_second_W = saved.real, saved.critic_first_W, saved.critic_second_W
    critic_last_W, fake, of_real_h = saved.critic_last_W, saved.fake, saved.of_real_h
    of_real_tanh, of_fake_h, of_fake_tanh = saved.of_real_tanh, saved.of_fake_h, saved.of_fake_tanh
    between, slope_h, slope_tanh = saved.between, saved.slope_h, saved.slope_tanh
    dbetween_dslope_total = saved.dbetween_dslope_total
    dbetween_dslope_tanh, tanh_slope = saved.dbetween_dslope_tanh, saved.tanh_slope
    dbetween_dslope_total_2, dbetween_dh = saved.dbetween_dslope_total_2, saved.dbetween_dh
    h_slope, dbetween_dh_total, slope = saved.h_slope, saved.dbetween_dh_total, saved.slope
    penalty_sqrt, penalty_difference = saved.penalty_sqrt, saved.penalty_difference
    B = real.shape[0]
    dD = _scalar("dD", dD, _f64)

    # D = penalty - distance                  dD/dpenalty = 1
    #                                         dD/ddistance = -1
    dD_ddistance = -dD

    # penalty = mean(square(sqrt(sum(square(slope), axis=1)) - 1))
    dD_dpenalty_power = dD / B
    dD_dslope = (  # f64[B, 2]
        (2 * dD_dpenalty_power * penalty_difference / (2 * penalty_sqrt))[:, None] * (2 * slope)
    )

    # slope = grad(sum(critic(between)), between)
    #     dD/dcritic.first.W = dD/dslope.T @ dbetween_dh_total   [2, B] @ [B, 32]
    #     dD/dcritic.second.W = dD/ddbetween_dh.T @ dbetween_dslope_total_2   [32, B] @ [B, 32]
    dD_ddbetween_dh_total = dD_dslope @ critic_first_W  # f64[B, 32]
    dD_dcritic_first_W = dD_dslope.T @ dbetween_dh_total  # f64[2, 32]
    dD_ddbetween_dh = dD_ddbetween_dh_total * h_slope  # f64[B, 32]
    dD_ddbetween_dslope_total = dD_ddbetween_dh @ critic_second_W  # f64[B, 32]
    dD_dcritic_second_W = dD_ddbetween_dh.T @ dbetween_dslope_total_2  # f64[32, 32]
    del dD_ddbetween_dh
    dD_dcritic_last_W = (  # f64[32, 1]
        (dD_ddbetween_dslope_total * tanh_slope).T @ dbetween_dslope_total
    )

    # critic = critic(between)
    dD_dslope_total = (  # f64[B, 32]
        -2 * (dD_ddbetween_dslope_total * dbetween_dslope_tanh * slope_tanh) * tanh_slope
    )
    del dD_ddbetween_dslope_total

    # critic.second = Dense(h, 32) as second
    #     dD/dcritic.second.b = dD/dslope_total.sum(axis=0)   [32]
    #     dD/dcritic.second.W += slope_h.T @ dD/dslope_total   [32, B] @ [B, 32]
    dD_dcritic_second_b = dD_dslope_total.sum(axis=0)  # f64[32]
    dD_dh = dD_dslope_total @ critic_second_W.T  # f64[B, 32]
    dD_dh -= 2 * (dD_ddbetween_dh_total * dbetween_dh * slope_h)
    del dD_ddbetween_dh_total
    dD_dcritic_second_W += slope_h.T @ dD_dslope_total
    del dD_dslope_total

    # critic: h = tanh(Dense(x, 32) as first)
    dD_dh *= h_slope

    # critic.first = Dense(x, 32) as first    dD/dcritic.first.b = dD/dh.sum(axis=0)   [32]
    #     dD/dcritic.first.W += between.T @ dD/dh   [2, B] @ [B, 32]
    dD_dcritic_first_b = dD_dh.sum(axis=0)  # f64[32]
    dD_dcritic_first_W += between.T @ dD_dh
    del dD_dh

    # distance = mean(of_real) - mean(of_fake)   dD/dof_fake = dD/dpenalty_power   [B, 1]
    #                                            dD/dof_real = dD/ddistance / B   [B, 1]
    dD_dof_fake = np.broadcast_to(dD_dpenalty_power, (B, 1))  # f64[B, 1]
    dD_dof_real = np.broadcast_to(dD_ddistance / B, (B, 1))  # f64[B, 1]

    # of_fake = critic(fake)
    # critic.last = Dense(tanh(Dense(h, 32) as second), units) as last
    #     dD/dcritic.last.b = dD/dof_fake.sum(axis=0)   [1]
    #     dD/dcritic.last.W += of_fake_tanh.T @ dD/dof_fake   [32, B] @ [B, 1]
    dD_dcritic_last_b = dD_dof_fake.sum(axis=0)  # f64[1]
    dD_dcritic_last_W += of_fake_tanh.T @ dD_dof_fake

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    dD_dof_fake_total = (  # f64[B, 32]
        dD_dof_fake @ critic_last_W.T * (1 - of_fake_tanh * of_fake_tanh)
    )

    # critic.second = Dense(h, 32) as second
    #     dD/dcritic.second.b += dD/dof_fake_total.sum(axis=0)   [32]
    #     dD/dcritic.second.W += of_fake_h.T @ dD/dof_fake_total   [32, B] @ [B, 32]
    dD_dcritic_second_b += dD_dof_fake_total.sum(axis=0)
    dD_dcritic_second_W += of_fake_h.T @ dD_dof_fake_total

    # critic: h = tanh(Dense(x, 32) as first)
    dD_dof_fake_h_total = (  # f64[B, 32]
        dD_dof_fake_total @ critic_second_W.T * (1 - of_fake_h * of_fake_h)
    )
    del dD_dof_fake_total

    # critic.first = Dense(x, 32) as first
    #     dD/dcritic.first.b += dD/dof_fake_h_total.sum(axis=0)   [32]
    #     dD/dcritic.first.W += fake.T @ dD/dof_fake_h_total   [2, B] @ [B, 32]
    dD_dcritic_first_b += dD_dof_fake_h_total.sum(axis=0)
    dD_dcritic_first_W += fake.T @ dD_dof_fake_h_total

    # of_real = Net(real, 1) as critic
    # critic.last = Dense(tanh(Dense(h, 32) as second), units) as last
    #     dD/dcritic.last.b += dD/dof_real.sum(axis=0)   [1]
    #     dD/dcritic.last.W += of_real_tanh.T @ dD/dof_real   [32, B] @ [B, 1]
    dD_dcritic_last_b += dD_dof_real.sum(axis=0)
    dD_dcritic_last_W += of_real_tanh.T @ dD_dof_real

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    dD_dof_real_total = (  # f64[B, 32]
        dD_dof_real @ critic_last_W.T * (1 - of_real_tanh * of_real_tanh)
    )

    # critic.second = Dense(h, 32) as second
    #     dD/dcritic.second.b += dD/dof_real_total.sum(axis=0)   [32]
    #     dD/dcritic.second.W += of_real_h.T @ dD/dof_real_total   [32, B] @ [B, 32]
    dD_dcritic_second_b += dD_dof_real_total.sum(axis=0)
    dD_dcritic_second_W += of_real_h.T @ dD_dof_real_total

    # critic: h = tanh(Dense(x, 32) as first)
    dD_dof_real_h_total = (  # f64[B, 32]
        dD_dof_real_total @ critic_second_W.T * (1 - of_real_h * of_real_h)
    )

    # critic.first = Dense(x, 32) as first
    #     dD/dcritic.first.b += dD/dof_real_h_total.sum(axis=0)   [32]
    #     dD/dcritic.first.W += real.T @ dD/dof_real_h_total   [2, B] @ [B, 32]
    dD_dcritic_first_b += dD_dof_real_h_total.sum(axis=0)
    dD_dcritic_first_W += real.T @ dD_dof_real_h_total

    return {
        "critic.first.W": dD_dcritic_first_W, "critic.first.b": dD_dcritic_first_b,
        "critic.second.W": dD_dcritic_second_W, "critic.second.b": dD_dcritic_second_b,
        "critic.last.W": dD_dcritic_last_W, "critic.last.b": dD_dcritic_last_b,
    }


def backward_G(saved: Saved, *, dG: float = 1.0) -> Gradients_G:
    """The gradient of G: what `Gradients_G` names."""
    generator_second_W, generator_last_W = saved.generator_second_W, saved.generator_last_W
    critic_first_W, critic_second_W = saved.critic_first_W, saved.critic_second_W
    critic_last_W, fake_normal, fake_h = saved.critic_last_W, saved.fake_normal, saved.fake_h
    fake_tanh, of_fake_h, of_fake_tanh = saved.fake_tanh, saved.of_fake_h, saved.of_fake_tanh
    B = fake_normal.shape[0]
    dG = _scalar("dG", dG, _f64)

    # G = -mean(of_fake)
    dG_ddistance_mean = -dG

    # distance = mean(of_real) - mean(of_fake)   dG/dof_fake = dG/ddistance_mean / B   [B, 1]
    dG_dof_fake = np.broadcast_to(dG_ddistance_mean / B, (B, 1))  # f64[B, 1]

    # of_fake = critic(fake)
    # critic.last = Dense(tanh(Dense(h, 32) as second), units) as last
    dG_dof_fake_total = dG_dof_fake @ critic_last_W.T  # f64[B, 32]

    # critic: return Dense(tanh(Dense(h, 32) as second), units) as last
    dG_dof_fake_total *= 1 - of_fake_tanh * of_fake_tanh

    # critic.second = Dense(h, 32) as second
    dG_dh = dG_dof_fake_total @ critic_second_W.T  # f64[B, 32]
    del dG_dof_fake_total

    # critic: h = tanh(Dense(x, 32) as first)
    dG_dh *= 1 - of_fake_h * of_fake_h

    # critic.first = Dense(x, 32) as first
    #     dG/dfake = dG/dh @ critic_first_W.T   [B, 32] @ [32, 2]
    dG_dfake = dG_dh @ critic_first_W.T  # f64[B, 2]
    del dG_dh

    # fake = Net(random_normal([B, 2]), 2) as generator
    # generator.last = Dense(tanh(Dense(h, 32) as second), units) as last
    #     dG/dgenerator.last.b = dG/dfake.sum(axis=0)   [2]
    #     dG/dgenerator.last.W = fake_tanh.T @ dG/dfake   [32, B] @ [B, 2]
    dG_dgenerator_last_b = dG_dfake.sum(axis=0)  # f64[2]
    dG_dgenerator_last_W = fake_tanh.T @ dG_dfake  # f64[32, 2]

    # generator: return Dense(tanh(Dense(h, 32) as second), units) as last
    dG_dfake_total = dG_dfake @ generator_last_W.T * (1 - fake_tanh * fake_tanh)  # f64[B, 32]

    # generator.second = Dense(h, 32) as second
    #     dG/dgenerator.second.b = dG/dfake_total.sum(axis=0)   [32]
    #     dG/dgenerator.second.W = fake_h.T @ dG/dfake_total   [32, B] @ [B, 32]
    dG_dgenerator_second_b = dG_dfake_total.sum(axis=0)  # f64[32]
    dG_dgenerator_second_W = fake_h.T @ dG_dfake_total  # f64[32, 32]

    # generator: h = tanh(Dense(x, 32) as first)
    dG_dh_total = dG_dfake_total @ generator_second_W.T * (1 - fake_h * fake_h)  # f64[B, 32]

    # generator.first = Dense(x, 32) as first
    #     dG/dgenerator.first.b = dG/dh_total.sum(axis=0)   [32]
    #     dG/dgenerator.first.W = fake_normal.T @ dG/dh_total   [2, B] @ [B, 32]
    dG_dgenerator_first_b = dG_dh_total.sum(axis=0)  # f64[32]
    dG_dgenerator_first_W = fake_normal.T @ dG_dh_total  # f64[2, 32]

    return {
        "generator.first.W": dG_dgenerator_first_W, "generator.first.b": dG_dgenerator_first_b,
        "generator.second.W": dG_dgenerator_second_W, "generator.second.b": dG_dgenerator_second_b,
        "generator.last.W": dG_dgenerator_last_W, "generator.last.b": dG_dgenerator_last_b,
    }


def value_and_grad_D(
    params: Params, *, real: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[float, Gradients_D]:
    """D and its gradient."""
    outputs, saved = forward(params, real=real, rng=rng)
    return float(outputs.D), backward_D(saved)


def value_and_grad_G(
    params: Params, *, real: npt.ArrayLike, rng: int | np.random.Generator | None = None
) -> tuple[float, Gradients_G]:
    """G and its gradient."""
    outputs, saved = forward(params, real=real, rng=rng)
    return float(outputs.G), backward_G(saved)


def _params(params: Params) -> tuple[Any, ...]:
    expected = Params.__annotations__.keys()
    if not hasattr(params, "keys"):
        kind = type(params).__name__
        raise TypeError(f"params: expected a mapping of names to arrays, got {kind}")
    if params.keys() != expected:
        for name in sorted(params.keys() - expected, key=str):
            raise ValueError(f"params: no parameter is called {name!r}")
        raise ValueError(f"params: {min(expected - params.keys())!r} is missing")
    return (
        _array("generator.first.W", params["generator.first.W"], _f64, (2, 32)),
        _array("generator.first.b", params["generator.first.b"], _f64, (32,)),
        _array("generator.second.W", params["generator.second.W"], _f64, (32, 32)),
        _array("generator.second.b", params["generator.second.b"], _f64, (32,)),
        _array("generator.last.W", params["generator.last.W"], _f64, (32, 2)),
        _array("generator.last.b", params["generator.last.b"], _f64, (2,)),
        _array("critic.first.W", params["critic.first.W"], _f64, (2, 32)),
        _array("critic.first.b", params["critic.first.b"], _f64, (32,)),
        _array("critic.second.W", params["critic.second.W"], _f64, (32, 32)),
        _array("critic.second.b", params["critic.second.b"], _f64, (32,)),
        _array("critic.last.W", params["critic.last.W"], _f64, (32, 1)),
        _array("critic.last.b", params["critic.last.b"], _f64, (1,)),
    )


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


def _generator(rng: Any) -> np.random.Generator:
    """The generator that random numbers are drawn from."""
    if rng is None:
        raise ValueError("rng: a seed or a Generator is needed, since random numbers are drawn")
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as refused:
        wanted = "a seed, which is not negative, or a Generator"
        raise type(refused)(f"rng: expected {wanted}, got {rng!r}") from None


def _uniform(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers drawn evenly from [0, 1)."""
    return rng.random(shape, dtype) if shape else dtype(rng.random())


def _normal(rng: Any, shape: Any, dtype: Any) -> Any:
    """Numbers drawn from the normal distribution."""
    return rng.standard_normal(shape, dtype) if shape else dtype(rng.standard_normal())


__graph__: dict[str, Any] = {
    "gradc": "0.1.0", "source": "critic.graph",
    "sha256": "7f3566f0437693f02504a77f5ddfa9656a84a5459b170d5c3906d9f1ec4aa072",
    "options": ["-O1"], "dims": {"B": None},
    "loss": None,
    "losses": {
        "D": [
            "critic.first.W", "critic.first.b", "critic.second.W", "critic.second.b",
            "critic.last.W", "critic.last.b",
        ],
        "G": [
            "generator.first.W", "generator.first.b", "generator.second.W", "generator.second.b",
            "generator.last.W", "generator.last.b",
        ],
    },
    "inputs": {"real": {"argument": "real", "dtype": "float64", "shape": ["B", 2]}},
    "params": {
        "generator.first.W": {
            "argument": "generator.first.W", "dtype": "float64", "shape": [2, 32],
        },
        "generator.first.b": {"argument": "generator.first.b", "dtype": "float64", "shape": [32]},
        "generator.second.W": {
            "argument": "generator.second.W", "dtype": "float64", "shape": [32, 32],
        },
        "generator.second.b": {"argument": "generator.second.b", "dtype": "float64", "shape": [32]},
        "generator.last.W": {"argument": "generator.last.W", "dtype": "float64", "shape": [32, 2]},
        "generator.last.b": {"argument": "generator.last.b", "dtype": "float64", "shape": [2]},
        "critic.first.W": {"argument": "critic.first.W", "dtype": "float64", "shape": [2, 32]},
        "critic.first.b": {"argument": "critic.first.b", "dtype": "float64", "shape": [32]},
        "critic.second.W": {"argument": "critic.second.W", "dtype": "float64", "shape": [32, 32]},
        "critic.second.b": {"argument": "critic.second.b", "dtype": "float64", "shape": [32]},
        "critic.last.W": {"argument": "critic.last.W", "dtype": "float64", "shape": [32, 1]},
        "critic.last.b": {"argument": "critic.last.b", "dtype": "float64", "shape": [1]},
    },
    "outputs": {
        "fake": {"argument": "fake", "dtype": "float64", "shape": ["B", 2]},
        "distance": {"argument": "distance", "dtype": "float64", "shape": []},
        "D": {"argument": "D", "dtype": "float64", "shape": []},
        "G": {"argument": "G", "dtype": "float64", "shape": []},
    },
    "state": {},
}
