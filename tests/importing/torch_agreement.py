"""Imports of modules of torch, held to the modules themselves."""

import re
import warnings
from typing import Any

import numpy as np
import torch

import gradc
from gradc.torch import Imported, convert


def converted(model: Any, inputs: tuple[Any, ...], **options: Any) -> Imported:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of what it will change
        return convert(model, inputs, **options)


def named_inputs(found: Imported, inputs: tuple[Any, ...]) -> dict[str, Any]:
    names = re.findall(r"(?m)^input (\w+)", found.text)
    return {n: x.numpy() for n, x in zip(names, inputs, strict=True)}


def forward(found: Imported, inputs: tuple[Any, ...], **given: Any) -> tuple[Any, Any, Any]:
    """The net, its outputs, and what is saved."""
    net = gradc.compile(found.text)
    assert not net.warnings, [str(w) for w in net.warnings]
    states = {"state": found.states} if found.states else {}
    outputs, saved, *_ = net.forward(found.params, **named_inputs(found, inputs), **states, **given)
    return net, outputs, saved


def results(model: Any, inputs: tuple[Any, ...]) -> list[Any]:
    given = model(*inputs)
    if isinstance(given, dict):
        return list(given.values())
    return list(given) if isinstance(given, tuple) else [given]


def origins(model: Any, inputs: tuple[Any, ...], **options: Any) -> tuple[Imported, list[Any]]:
    """The import of the model whose weights are told apart: each element is its own number.

    The second bias of a recurrent layer, which is added to the first, is 0.
    """
    weights = list(model.parameters())
    start = 1
    with torch.no_grad():
        for weight in weights:
            ids = torch.arange(start, start + weight.numel(), dtype=torch.float32)
            weight.copy_(ids.reshape(weight.shape))
            start += weight.numel()
        for part in model.modules():
            if isinstance(part, torch.nn.LSTM | torch.nn.RNN):
                for name, weight in part.named_parameters():
                    if "bias_hh" in name:
                        weight.zero_()
    assert start < 2**24, "f32 counts no further"
    return converted(model, inputs, **options), weights


def agree(model: Any, inputs: tuple[Any, ...], **options: Any) -> Imported:
    """Holds values, gradients and weights of an import to those of the model."""
    found = converted(model, inputs, **options)
    net, outputs, saved = forward(found, inputs)
    wanted = results(model, inputs)
    cotangents = [torch.randn_like(w) for w in wanted]
    for got, want in zip(outputs, wanted, strict=True):
        np.testing.assert_allclose(got, want.detach().numpy(), rtol=1e-5, atol=1e-5)
    given = {f"d{n}": c.numpy() for n, c in zip(outputs._fields, cotangents, strict=True)}
    gradients = net.backward(saved, **given)
    torch.autograd.backward(wanted, cotangents)
    torch_gradients = [
        np.zeros(w.shape) if w.grad is None else w.grad.numpy().copy() for w in model.parameters()
    ]
    flat = np.concatenate([[0.0], *(g.ravel() for g in torch_gradients)])
    told, weights = origins(model, inputs, **options)
    assert told.text == found.text
    assert set(told.params) == set(gradients)
    for path, gradient in gradients.items():
        want = flat[told.params[path].astype(int)]
        scale = max(np.abs(want).max(initial=0), 1.0)
        np.testing.assert_allclose(gradient / scale, want / scale, rtol=0, atol=1e-5, err_msg=path)
    there = np.concatenate([[0], *(p.ravel() for p in told.params.values())]).astype(int).tolist()
    wanted_ids = {int(i) for w in weights for i in w.detach().ravel()} - {0}
    found_ids = [i for i in there if i]
    assert len(found_ids) == len(set(found_ids)), "a weight is several parameters"
    assert set(found_ids) <= wanted_ids
    return found
