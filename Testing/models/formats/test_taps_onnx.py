from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, numpy_helper

from QualityFinetuneLib.models.build import build
from QualityFinetuneLib.models.cards import ModelCard
from QualityFinetuneLib.models.formats.taps_onnx import NotTheGraphError, segresnet_state
from QualityFinetuneLib.models.loading import load_pretrained
from QualityFinetuneLib.models.registry import weights_path


@pytest.fixture(scope="module")
def content(taps: ModelCard) -> bytes:
    path = weights_path(taps)
    assert path is not None
    return path.read_bytes()


def changed(content: bytes, change: Callable[[onnx.GraphProto], None]) -> bytes:
    model = onnx.load_model_from_string(content)
    change(model.graph)
    return model.SerializeToString()


def test_every_parameter_is_found_but_the_two_heads_of_training(content: bytes) -> None:
    state = segresnet_state(content)
    with torch.device("meta"):
        own = build("segresnet_ds", outputs=1, in_channels=1).state_dict()
    assert {name: value.shape for name, value in state.items()} == {
        name: value.shape
        for name, value in own.items()
        if not name.startswith(("up_layers.0.head", "up_layers.1.head"))
    }


def test_the_rebuilt_network_agrees_with_onnx_runtime(taps: ModelCard, content: bytes) -> None:
    """On an eighth of the exported patch: the runtime's own rounding in the normalisations grows with the volume."""
    runtime = pytest.importorskip("onnxruntime")
    size = (64, 64, 16)

    def shrink(graph: onnx.GraphProto) -> None:
        del graph.value_info[:]
        for value in (*graph.input, *graph.output):
            for axis, extent in zip(value.type.tensor_type.shape.dim[2:], size, strict=True):
                axis.dim_value = extent

    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(changed(content, shrink), options)
    model = build("segresnet_ds", outputs=1, in_channels=1).eval()
    load_pretrained(model, taps, strict=True)
    torch.manual_seed(0)
    # Smooth blobs with noise, so that logits have the range they have on exams.
    image = torch.nn.functional.interpolate(torch.randn(1, 1, 8, 8, 4), size=size, mode="trilinear")
    image = image + 0.2 * torch.randn_like(image)
    (expected,) = session.run(None, {"input": image.numpy()})
    with torch.inference_mode():
        found = model(image).numpy()
        exact = model.double()(image.double()).numpy()
    assert np.abs(expected).max() > 1
    assert np.abs(found - expected).max() < 5e-4
    assert np.abs(found - exact).max() < 5e-5


def test_names_of_the_normalisations_do_not_matter_but_their_use_does(content: bytes) -> None:
    def rename(graph: onnx.GraphProto) -> None:
        names = {tensor.name: f"onnx::{n}" for n, tensor in enumerate(graph.initializer) if "::" in tensor.name}
        names |= {old: names[new] for old, new in zip(names, reversed(list(names)), strict=True)}
        for tensor in graph.initializer:
            tensor.name = names.get(tensor.name, tensor.name)
        for node in graph.node:
            for place, name in enumerate(node.input):
                node.input[place] = names.get(name, name)

    expected, found = segresnet_state(content), segresnet_state(changed(content, rename))
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)


def break_mish(graph: onnx.GraphProto) -> None:
    next(node for node in graph.node if node.op_type == "Softplus").op_type = "Relu"


def gate_another_map(graph: onnx.GraphProto) -> None:
    first, second = [node for node in graph.node if node.op_type == "Softplus"][:2]
    first.input[0] = second.input[0]


def scale_twice(graph: onnx.GraphProto) -> None:
    wanted = next(node for node in graph.node if node.op_type == "InstanceNormalization").input[1]
    node = next(node for node in graph.node if wanted in node.output)
    values = numpy_helper.to_array(node.attribute[0].t)
    node.attribute[0].t.CopyFrom(numpy_helper.from_array(values * 2))


def drop_weights(graph: onnx.GraphProto) -> None:
    for tensor in [tensor for tensor in graph.initializer if "::" in tensor.name]:
        graph.initializer.remove(tensor)


def drop_everything(graph: onnx.GraphProto) -> None:
    del graph.initializer[:]
    del graph.node[:]


def move_outside(graph: onnx.GraphProto) -> None:
    graph.initializer[0].data_location = TensorProto.EXTERNAL


@pytest.mark.parametrize(
    "change", [break_mish, gate_another_map, scale_twice, drop_weights, drop_everything, move_outside]
)
def test_another_graph_is_refused(content: bytes, change: Callable[[onnx.GraphProto], None]) -> None:
    with pytest.raises(NotTheGraphError):
        segresnet_state(changed(content, change))


@pytest.mark.parametrize("junk", [b"", b"no model at all", b"\x08\x01\x12\x00"])
def test_bytes_that_are_no_graph_are_refused(junk: bytes) -> None:
    with pytest.raises(NotTheGraphError):
        segresnet_state(junk)
