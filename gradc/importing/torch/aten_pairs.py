"""ATen's distances and losses of pairs."""

from __future__ import annotations

from gradc.importing.foreign import Tensor, Unsupported
from gradc.importing.torch.aten import Arguments, TorchMaking, says, told, whole
from gradc.importing.torch.aten_elementwise import alike
from gradc.importing.torch.aten_reductions import reduced


@says("dist")
def dist(m: TorchMaking, a: Arguments) -> Tensor:
    apart = m.apply("subtract", a.tensor("self"), a.tensor("other"))
    flat = apart if apart.rank == 1 else m.apply("ravel", apart)
    return m.apply("norm", flat, **told(ord=(whole(a["p"]), 2)))


@says("pairwise_distance")
def pairwise_distance(m: TorchMaking, a: Arguments) -> Tensor:
    apart = m.apply("subtract", a.tensor("x1"), a.tensor("x2"))
    apart = m.apply("add", apart, a["eps"])
    keeps = told(keepdims=(bool(a["keepdim"]), False))
    return m.apply("norm", apart, **told(ord=(whole(a["p"]), 2)), axis=-1, **keeps)


@says("cosine_embedding_loss")
def cosine_embedding_loss(m: TorchMaking, a: Arguments) -> Tensor:
    arrays = [a.tensor(n) for n in ("input1", "input2", "target")]
    return m.apply(a.name, *arrays, **told(margin=(a["margin"], 0)), **reduced(a))


@says("triplet_margin_loss")
def triplet_margin_loss(m: TorchMaking, a: Arguments) -> Tensor:
    if a["swap"]:
        raise Unsupported("`triplet_margin_loss` with `swap`", "write it of `pairwise_distance`")
    arrays = [a.tensor(n) for n in ("anchor", "positive", "negative")]
    attrs = told(margin=(a["margin"], 1), p=(whole(a["p"]), 2), eps=(a["eps"], 1e-6))
    return m.apply(a.name, *arrays, **attrs, **reduced(a))


@says("poisson_nll_loss")
def poisson_nll_loss(m: TorchMaking, a: Arguments) -> Tensor:
    attrs = told(log_input=(bool(a["log_input"]), True), full=(bool(a["full"]), False),
                 eps=(a["eps"], 1e-8))  # fmt: skip
    return m.apply(a.name, a.tensor("input"), a.tensor("target"), **attrs, **reduced(a))


def _summed(m: TorchMaking, a: Arguments, each: Tensor) -> Tensor:
    how = reduced(a).get("reduction", "mean")
    return each if how == "none" else m.apply(how, each)


@says("soft_margin_loss")
def soft_margin_loss(m: TorchMaking, a: Arguments) -> Tensor:
    product = m.apply("multiply", *alike(m, a.tensor("target"), a.tensor("self")))
    return _summed(m, a, m.apply("softplus", m.apply("negative", product)))


@says("margin_ranking_loss")
def margin_ranking_loss(m: TorchMaking, a: Arguments) -> Tensor:
    apart = m.apply("subtract", a.tensor("input2"), a.tensor("input1"))
    short = m.apply("multiply", *alike(m, a.tensor("target"), apart))
    short = short if not a["margin"] else m.apply("add", short, a["margin"])
    return _summed(m, a, m.apply("relu", short))


@says("hinge_embedding_loss")
def hinge_embedding_loss(m: TorchMaking, a: Arguments) -> Tensor:
    x, target = a.tensor("self"), a.tensor("target")
    short = m.apply("relu", m.apply("subtract", a["margin"], x))
    return _summed(m, a, m.apply("where", m.apply("equal", target, 1), x, short))
