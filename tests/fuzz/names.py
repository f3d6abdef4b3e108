"""Names that have hurt other generators of code: Python's, the module's own, Greek ones."""

from __future__ import annotations

import random

NASTY = """np sum lambda self params saved dJ x_ float J class def None True False forward backward
Outputs Saved Params Gradients init_params value_and_grad predict _array typing NamedTuple TypedDict
len range print exec eval type object int str dict list tuple set abs max min pow B_ d dx dy x_2 x2
async await match case global nonlocal del pass try yield raise with is assert break continue
numpy out axis keepdims dtype shape rng state training workspace outputs gradients seed where exp
log sqrt mean relu softmax matmul dJ_dx dJ_dW d_x lambda_ np_ params_ saved_ Prediction value array
pi e inf nan in zeros ones stop_gradient
α β γ λ μ Δ θ σ ε δx Ω φ_1 ξ ζ ψ
a b c x y z w W U V h k n p q r s t u v T D H K
bias weight loss_ total cost logits hidden x1 x1_ x1_2 A_ Q_inner z_sum J_sub y_prod""".split()
_KEYWORDS = frozenset(
    """dim dtype input param const state fn op layer vjp scan over times unshared next update import
    from as output loss wrt return and or not true false none newaxis""".split()
)
_WORDS = "a b c d f g h k m p q r s t u v w x y z".split()


class Names:
    """Hands out names, each once."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.taken: set[str] = set()
        self.nasty = rng.random() < 0.6

    def _fresh(self, name: str) -> str:
        if name in _KEYWORDS or name.startswith("_"):
            name = f"k{name}"
        made, number = name, 1
        while made in self.taken:
            number += 1
            made = f"{name}{number}"
        self.taken.add(made)
        return made

    def value(self) -> str:
        pool = NASTY if self.nasty and self.rng.random() < 0.5 else _WORDS
        return self._fresh(self.rng.choice(pool))

    argument = value

    def layer(self) -> str:
        """A name that can be called, so it is no operation's."""
        pool = "hidden dense Outputs lambda self class λ forward saved W_ head".split()
        return self._fresh(self.rng.choice(pool))

    def dimension(self) -> str:
        if self.nasty and self.rng.random() < 0.3:
            return self._fresh(self.rng.choice("lambda np N sum Λ self None x".split()))
        return self._fresh(self.rng.choice("B T N M C L".split()))
