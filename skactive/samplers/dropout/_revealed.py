"""Replace dropout inside torch's layers by dropout layers; layer 3.

Recurrent layers apply dropout between their stacked layers, attention to its weights,
both by functions that hooks cannot reach. In a copy of the net, they get a dropout
layer to which a mask can be applied, and otherwise compute the same.
"""

import functools

from skactive._utils.torch import imported_torch
from skactive.samplers.dropout._checks import hidden_dropout

__all__ = ["reveal"]


def reveal(module):
    """Add a dropout layer to layers that apply dropout inside, in place.

    Parameters
    ----------
    module : torch.nn.Module
        A private copy.
    """
    nn = imported_torch().nn
    for _, layer in list(hidden_dropout(module)):
        attends = isinstance(layer, nn.MultiheadAttention)
        # in evaluation mode, like the whole copy: a hook applies the mask
        layer.add_module("inside", nn.Dropout(layer.dropout).eval())
        layer.__class__ = _with_forward(type(layer), _attend if attends else _recur)


@functools.cache
def _with_forward(kind, forward):
    """Make a subclass with another forward pass, which torch.fx takes for torch's."""
    return type(kind.__name__, (kind,), {"forward": forward, **_place_of(kind)})


def _place_of(kind):
    return {"__module__": kind.__module__, "__qualname__": kind.__qualname__}


def _recur(self, input, hx=None):
    """Forward pass of a recurrent layer, one stacked layer at a time."""
    torch = imported_torch()
    if not isinstance(input, torch.Tensor) or input.ndim != 3:
        raise ValueError(
            f"{type(self).__name__} has dropout={self.dropout} between its layers, "
            "whose mask is the same for all points of a draw; its input must be a 3-D "
            "tensor, padded to one length, not a PackedSequence"
        )
    single = getattr(torch, self.mode.lower())  # torch.lstm, torch.gru, torch.rnn_tanh
    directions = 1 + self.bidirectional
    finals = []
    for i in range(self.num_layers):
        rows = slice(i * directions, (i + 1) * directions)
        weights = [w for of_one in self.all_weights[rows] for w in of_one]
        state = _initial(self, input, directions) if hx is None else _part(hx, rows)
        options = self.bias, 1, 0.0, False, self.bidirectional, self.batch_first
        output, *final = single(input, state, weights, *options)
        finals.append(final)
        input = _dropped(self, output) if i < self.num_layers - 1 else output
    hidden = tuple(torch.cat(parts) for parts in zip(*finals, strict=True))
    return output, hidden if self.mode == "LSTM" else hidden[0]


def _initial(layer, input, directions):
    """Initial hidden state of a layer: zeros."""
    n = input.shape[0 if layer.batch_first else 1]
    h = input.new_zeros(directions, n, layer.proj_size or layer.hidden_size)
    c = input.new_zeros(directions, n, layer.hidden_size)
    return (h, c) if layer.mode == "LSTM" else h


def _part(hx, rows):
    return tuple(h[rows] for h in hx) if isinstance(hx, tuple) else hx[rows]


def _dropped(layer, output):
    """Input of the next layer; masks apply with points along the first axis."""
    if layer.batch_first:
        return layer.inside(output)
    return layer.inside(output.transpose(0, 1)).transpose(0, 1)


def _attend(
    self,
    query,
    key,
    value,
    key_padding_mask=None,
    need_weights=True,
    attn_mask=None,
    average_attn_weights=True,
    is_causal=False,
):
    """Forward pass of multi-head attention with a dropout layer on its weights.

    The weights are computed by torch itself; their product with the values is repeated
    here, with dropout in between.
    """
    if query.ndim != 3:
        raise ValueError(
            f"{type(self).__name__} has dropout={self.dropout} on its weights, whose "
            "mask is the same for all points of a draw; its inputs must be 3-D tensors"
        )
    _, weights_nhls = super(type(self), self).forward(
        query,
        key,
        value,
        key_padding_mask,
        need_weights=True,
        attn_mask=attn_mask,
        average_attn_weights=False,
        is_causal=is_causal,
    )
    weights_nhls = self.inside(weights_nhls)
    heads_nhle = weights_nhls @ _values(self, value)
    output = self.out_proj(heads_nhle.transpose(1, 2).flatten(2))
    if not need_weights:
        weights_nhls = None
    elif average_attn_weights:
        weights_nhls = weights_nhls.mean(dim=1)
    return output if self.batch_first else output.transpose(0, 1), weights_nhls


def _values(layer, value):
    """Projected values of each head: (n, heads, s, e)."""
    torch, bias = imported_torch(), layer.in_proj_bias
    value = value if layer.batch_first else value.transpose(0, 1)
    e = layer.embed_dim
    weight = layer.in_proj_weight
    weight = layer.v_proj_weight if weight is None else weight[2 * e :]
    v = torch.nn.functional.linear(
        value, weight, None if bias is None else bias[2 * e :]
    )
    if layer.bias_v is not None:
        v = torch.cat([v, layer.bias_v.expand(len(v), 1, e)], dim=1)
    if layer.add_zero_attn:
        v = torch.cat([v, v.new_zeros(len(v), 1, e)], dim=1)
    return v.unflatten(2, (layer.num_heads, -1)).transpose(1, 2)
