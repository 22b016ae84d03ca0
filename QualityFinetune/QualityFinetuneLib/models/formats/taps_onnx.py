"""Weights of MONAI's SegResNetDS out of an exported ONNX graph (the one in the package lavlab-taps)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor


class NotTheGraphError(ValueError):
    """The graph is not an exported SegResNetDS with group normalisation and Mish."""


def segresnet_state(content: bytes) -> dict[str, Tensor]:
    """Parameters of SegResNetDS by name.

    Convolutions keep their names in the file. Affine parts of the normalisations do not, so each is found where the
    graph uses it: normalisation, product with the weight, sum with the bias, Mish, and then the convolution whose
    name tells the block (`...conv1.weight` is fed by `...norm1`).

    Raises:
        NotTheGraphError: when the bytes are no ONNX model or another network's.
    """
    try:
        graph = onnx.load_model_from_string(content).graph
    except Exception as error:
        raise NotTheGraphError("the bytes are no ONNX model") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise NotTheGraphError("its weights lie in another file")
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    state: dict[str, Tensor] = {}
    for node in graph.node:
        for name in node.input:
            if name in stored and "::" not in name:
                state[name] = _tensor(stored[name])
        if node.op_type == "Conv" and ".blocks." in node.input[1]:
            norm = node.input[1].replace(".conv", ".norm").removesuffix(".weight")
            weight, bias = _affine(node.input[0], made_by, stored)
            state[f"{norm}.weight"], state[f"{norm}.bias"] = _tensor(weight), _tensor(bias)
    if not state:
        raise NotTheGraphError("it holds no named weights")
    return state


def _affine(
    activated: str, made_by: Mapping[str, onnx.NodeProto], stored: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Weight and bias of the normalisation whose Mish is `activated`; Mish is x * tanh(softplus(x))."""
    mish = _node(made_by, activated, "Mul")
    shifted, gate = mish.input
    if _node(made_by, _node(made_by, gate, "Tanh").input[0], "Softplus").input[0] != shifted:
        raise NotTheGraphError("a block's activation is not Mish")
    scaled, bias = _stored_input(_node(made_by, shifted, "Add"), stored)
    normalised, weight = _stored_input(_node(made_by, scaled, "Mul"), stored)
    grouped = _node(made_by, _node(made_by, normalised, "Reshape").input[0], "InstanceNormalization")
    for name, neutral in zip(grouped.input[1:], (1.0, 0.0), strict=True):
        constant = _node(made_by, name, "Constant").attribute[0].t
        if not np.all(numpy_helper.to_array(constant) == neutral):
            raise NotTheGraphError("a normalisation scales twice")
    return weight.reshape(-1), bias.reshape(-1)


def _node(made_by: Mapping[str, onnx.NodeProto], name: str, kind: str) -> onnx.NodeProto:
    node = made_by.get(name)
    if node is None or node.op_type != kind:
        raise NotTheGraphError(f"a block has no {kind} where one belongs")
    return node


def _stored_input(node: onnx.NodeProto, stored: Mapping[str, np.ndarray]) -> tuple[str, np.ndarray]:
    """The computed and the stored operand of a node with two, in whichever order."""
    first, second = node.input
    if second in stored:
        return first, stored[second]
    if first in stored:
        return second, stored[first]
    raise NotTheGraphError("a normalisation has no weights of its own")


def _tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.copy())
