"""Plan which operations of a traced net draws share or can reduce; layer 3.

Nothing is computed here: the plan is made from the graph that ``torch.fx`` traces.
"""

import inspect

from skactive.samplers.dropout._channelwise import as_written, kind
from skactive.samplers.dropout._masks import is_noisy

__all__ = ["Plan", "source", "writes_into"]

# layers and functions whose output is a new tensor, not shared with anything else
FRESH_LAYERS = ("Conv", "Linear", "Norm", "Pool")
FRESH_FUNCTIONS = {"add", "cat", "iadd", "imul", "isub", "mul", "sub", "truediv"}
OPERATORS_IN_PLACE = {
    *("delitem", "iadd", "iand", "ifloordiv", "ilshift", "imatmul", "imod", "imul"),
    *("ior", "ipow", "irshift", "isub", "itruediv", "ixor", "setitem"),
}


class Plan:
    """Plan for computing a traced net under many dropout masks.

    Parameters
    ----------
    graph : torch.fx.Graph
        The traced net.
    layers : dict of str to torch.nn.Module
        Its layers by name, or their replacements.
    dropouts : dict of str to torch.nn.Module
        Its random layers by name.
    shapes : dict of torch.fx.Node to tuple of int
        Shapes of the tensors that the nodes compute for a batch.
    whole : str, default=""
        If given, the reason why no call of a dropout layer may be thinned.

    Attributes
    ----------
    calls : dict of torch.fx.Node to (str, int)
        Calls of dropout layers, as the layer's name and the number of its calls before.
    faults : dict of torch.fx.Node to str
        Why these calls are masked; "" for those that are thinned.
    once : dict of torch.fx.Node to list of torch.fx.Node
        Nodes computed once per batch, in order, with the values not needed afterwards.
    each : dict of torch.fx.Node to list of torch.fx.Node
        The same for nodes computed for each draw.
    hoisted : dict of torch.fx.Node to torch.fx.Node
        Dropouts of channels, and the channelwise nodes after them, that are computed
        once for all channels; each with its dropout.
    rows : dict of torch.fx.Node to torch.fx.Node
        Convolutions and linear layers that compute only channels a dropout keeps.
    written, chosen_from : dict of torch.fx.Node to list of torch.fx.Node
        Nodes computed for each draw, with the shared values that they modify, and
        those that they select channels from.
    """

    def __init__(self, graph, layers, dropouts, shapes, whole=""):
        self.nodes = list(graph.nodes)
        self.layers, self.shapes = layers, shapes
        parts = {name: (layer, layers[name]) for name, layer in dropouts.items()}
        self.names = {id(part): name for name in parts for part in parts[name]}
        self.kinds = {node: self._kind(node) for node in self.nodes}
        self.calls = self._find_calls()
        self.faults = {node: whole or self._fault(node) for node in self.calls}
        self._split()
        self.rows = self._find_rows()
        shared = self.once.keys() - self.hoisted.keys()
        self.written = self._inputs_among(
            shared, lambda n: writes_into(n, self.layer(n))
        )
        self.chosen_from = self._inputs_among(self.hoisted, lambda n: n.all_input_nodes)
        self._find_last_users()

    def layer(self, node):
        """The layer that a node calls, or None."""
        return self.layers[node.target] if node.op == "call_module" else None

    def _kind(self, node):
        before = self.shapes.get(source(node))
        return kind(node, self.layer(node), before, self.shapes.get(node))

    def _find_calls(self):
        calls, seen = {}, dict.fromkeys(self.names.values(), 0)
        for node in self.nodes:
            name = self.names.get(id(self.layer(node)))
            if name is not None:
                calls[node] = name, seen[name]
                seen[name] += 1
        return calls

    def _fault(self, node):
        """Why a call of a dropout layer cannot be thinned; "" if it can."""
        if self.kinds[node] != "dropout":
            return _fault_of(self.layer(node), self.shapes.get(node, ()))
        waiting, ends = [node], 0
        while waiting:
            for user in waiting.pop().users:
                if self.kinds[user] in ("zero", "flatten", "dropout"):
                    waiting.append(user)
                elif self.kinds[user] not in ("weights", "shape"):
                    return f"{self._title(user)} needs all channels"
                ends += self.kinds[user] == "weights"
        return "" if ends else "its output is not used"

    def _title(self, node):
        if node.op == "output":
            return "the net's output"
        if node.op == "call_module":
            return f"{type(self.layer(node)).__name__} {node.target!r}"
        return getattr(node.target, "__name__", str(node.target))

    def _split(self):
        """Divide the nodes into those computed once per batch and once per draw."""
        self.once, self.each, self.hoisted = {}, {}, {}
        for node in self.nodes:
            inputs = set(node.all_input_nodes)
            dropout = self.hoisted.get(source(node))
            if self.each.keys() & inputs:
                self.each[node] = []
            elif dropout is not None and self.kinds[node] in ("zero", "shape"):
                self.once[node] = []
                if self.kinds[node] == "zero":
                    self.hoisted[node] = dropout
            elif self.hoisted.keys() & inputs:
                self.each[node] = []
            elif self.faults.get(node) == "":
                self.once[node], self.hoisted[node] = [], node
            else:
                (self.each if self._is_random(node) else self.once)[node] = []

    def _is_random(self, node):
        layer = self.layer(node)
        return layer is not None and any(id(m) in self.names for m in layer.modules())

    def _find_rows(self):
        """Walk back from thinned dropouts to the layers that compute their channels."""
        rows = {}
        for node, fault in self.faults.items():
            maker = source(node)
            while self._serves_one(maker) and self.kinds[maker] in ("zero", "channel"):
                maker = source(maker)
            makes = self._serves_one(maker) and self.kinds[maker] == "weights"
            if makes and not fault and maker in self.each:
                rows[maker] = node
        return rows

    def _inputs_among(self, nodes, inputs_of):
        """For each node of a draw, its inputs that are among `nodes`, if any."""
        among = {
            node: [given for given in inputs_of(node) if given in nodes]
            for node in self.each
        }
        return {node: inputs for node, inputs in among.items() if inputs}

    def _serves_one(self, node):
        return sum(self.kinds[user] != "shape" for user in node.users) == 1

    def _find_last_users(self):
        """Find where values can be freed; what draws share is kept for all."""
        last = {}
        for steps in (self.once, self.each):
            for node in steps:
                last.update((given, node) for given in node.all_input_nodes)
        for node, user in last.items():
            if node in self.once and user in self.once:
                self.once[user].append(node)
            elif node in self.each or node in self.hoisted:
                self.each[user].append(node)

    def report(self, node):
        """Describe how a call of a dropout layer is drawn."""
        how = "masked" if self.faults[node] else "thinned"
        if source(node) in self.once:
            how += " after a shared prefix"
        return f"{how}: {self.faults[node]}" if self.faults[node] else how

    def unsafe(self):
        """Why the nodes must not be reordered; "" if they may be.

        A node that modifies its input in place is safe if nothing else reads that
        input.
        """
        for node in self.nodes:
            for given in writes_into(node, self.layer(node)):
                if len(given.users) > 1 or not self._is_fresh(given):
                    return f"{self._title(node)} may modify a tensor that others read"
        traced = {name for name, _ in self.calls.values()}
        for node in self.nodes:
            layer = self.layer(node)
            if layer is not None and node not in self.calls:
                inside = {self.names.get(id(part)) for part in layer.modules()}
                if traced & inside:
                    return f"{self._title(node)} shares a dropout layer with others"
        return ""

    def _is_fresh(self, node):
        layer, by_channel = self.layer(node), self.kinds[node] in ("zero", "channel")
        if layer is None:
            name = getattr(node.target, "__name__", "")
            return by_channel or name in FRESH_FUNCTIONS
        if node in self.calls:
            return as_written(layer) or is_noisy(layer)
        name = type(layer).__name__  # Identity and Dropout return their input itself
        by_channel = by_channel and name != "Identity" and "Dropout" not in name
        is_fresh = any(part in name for part in FRESH_LAYERS)
        return as_written(layer) and (by_channel or is_fresh)


def source(node):
    """First argument of a node, if it is the output of another node."""
    given = node.args[0] if node.args else None
    return given if hasattr(given, "all_input_nodes") else None


def writes_into(node, layer):
    """Inputs that a node may modify in place."""
    if node.op in ("placeholder", "get_attr", "output"):
        return []
    if layer is not None:
        # unknown code may do anything
        if not as_written(layer) and not is_noisy(layer):
            return node.all_input_nodes
        in_place = getattr(layer, "inplace", False)
    elif "out" in node.kwargs:
        return [node.kwargs["out"]]
    else:
        name = getattr(node.target, "__name__", node.target)
        if getattr(node.target, "__module__", None) == "_operator":
            in_place = name in OPERATORS_IN_PLACE
        else:
            in_place = name.endswith("_") or _asks_in_place(node)
    return [source(node)] if in_place else []


def _asks_in_place(node):
    """Whether a function is called with ``inplace=True``, by keyword or position."""
    if node.kwargs.get("inplace"):
        return True
    if node.op != "call_function" or not inspect.isfunction(node.target):
        return False
    names = list(inspect.signature(node.target).parameters)
    place = names.index("inplace") if "inplace" in names else len(node.args)
    return len(node.args) > place and bool(node.args[place])


def _fault_of(layer, shape):
    """Why a dropout layer does not set whole channels to zero."""
    name = type(layer).__name__
    if is_noisy(layer):
        return f"{name} draws weights, not channels"
    if not as_written(layer):
        return f"{name} is not torch's own"
    if "Alpha" in name:
        return f"{name} puts a constant, not 0, in place of what it drops"
    if layer.p == 1:
        return "it drops everything"
    return f"one mask per element of {tuple(shape[1:])}, not per channel"
