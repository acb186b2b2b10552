#!/usr/bin/env python3
"""Records operator cases from an installed PyTorch, in the format that adjoint-conformance reads.

    python3 -m venv .venv && .venv/bin/pip install torch numpy expecttest
    .venv/bin/python scripts/record-conformance.py OUT [--op 'linalg.*'] [--cases 8] [--index INDEX.tsv]

For every operator of PyTorch's own database (OpInfo) this takes a few of its samples, small ones of different forms
first, runs them on the CPU in float64 with one thread, and writes OUT/pytorch/<name>.json and OUT/INDEX.tsv. A case
has the arguments, the outputs, and up to three derivative checks. Cotangents, tangents and directions are random non-
zero multiples of 1/16 in [-2, 2]. A derivative that is not finite is not recorded; a case whose slope central
differences do not confirm is marked nonsmooth: there the numbers are PyTorch's convention.

The format, in short. A file is {"op", "torch_name", "call", "category", "tier", "torch_version", "aliases", "cases"},
one case a line. A case is {"id", "input", "args", "kwargs", "outputs", "wrt", "vjp", "jvp", "gradgrad", "rtol",
"atol"} and optionally "arg_names", "output_names", "pre", "processed", "complex", "nonsmooth". Tensors are {"t":
{"shape", "dtype", "data", "requires_grad"}}, complex ones with alternating real and imaginary parts; dtypes {"dtype":
name}; slices {"slice": [start, stop, step]}; tuples are lists, save an index of __getitem__, {"tuple": [...]}; NaN
and infinities are strings. With outputs y_k and cotangents c_k, vjp.grads are the derivatives of sum <c_k, y_k>;
jvp.outputs are the derivatives along all tangents at once; gradgrad.grads are those of sum <vjp.grads_i, r_i>; <a, b>
= Re sum conj(a) b. null stands where no derivative flows.
"""

import argparse
import fnmatch
import inspect
import json
import math
import pathlib
import random
import sys

# Operators that make random numbers, read uninitialized memory, or look at devices.
UNRECORDABLE = {
    "bernoulli", "cauchy", "empty", "empty_like", "empty_permuted", "empty_strided", "exponential", "geometric",
    "item", "log_normal", "multinomial", "new_empty", "new_empty_strided", "normal", "normal.in_place",
    "normal.number_mean", "rand_like", "randint", "randint_like", "randn", "randn_like", "sparse.mm.reduce",
    "to_sparse", "uniform",
}
# Arguments that say where memory is, not what is computed.
DROPPED = {"device", "layout", "memory_format", "pin_memory", "out", "names", "non_blocking", "generator"}

# Functions composed with an operator whose derivative needs constrained inputs, or whose result is unique only up to a
# factor.
PRE = {
    "linalg.cholesky": "symmetrize_input", "linalg.cholesky_ex": "symmetrize_input", "linalg.eigh": "symmetrize_input",
    "linalg.eigvalsh": "symmetrize_input", "linalg.matrix_sqrth": "symmetrize_input",
    "linalg.pinv.hermitian": "symmetrize_input", "nn.functional.ctc_loss": "log_softmax_dim2_input",
}
PROCESSED = {
    "linalg.eigh": "eigh_abs_vectors", "linalg.eigvals": "eigvals_power_sums",
    "linalg.eig": "eig_power_sums_and_square",
    "linalg.svd": "svd_S_abs_Vh", "svd": "svdV_S_abs_Vh", "linalg.qr": "qr_positive_diagonal",
    "svd_lowrank": "lowrank_UVh_S", "pca_lowrank": "lowrank_UVh_S",
}


def import_torch():
    try:
        import torch
        from torch.testing._internal.common_methods_invocations import op_db
    except ImportError as error:
        sys.exit(f"record-conformance: {error}; install torch, numpy and expecttest")
    torch.set_num_threads(1)
    return torch, op_db


torch, op_db = None, None


# ---- Encoding


def number(value):
    """A float as JSON has it: shortest digits that round-trip, strings for what JSON lacks."""
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def flat(tensor):
    """The numbers of a tensor in row-major order."""
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    values = tensor.contiguous().flatten().tolist()
    return [number(v) for v in values] if tensor.is_floating_point() else values


def dtype_name(dtype):
    return str(dtype).removeprefix("torch.")


def encode(value, index=False):
    """An argument; tuples are told from lists only in an index."""
    if isinstance(value, torch.Tensor):
        record = {"shape": list(value.shape), "dtype": dtype_name(value.dtype), "data": flat(value)}
        if value.requires_grad:
            record["requires_grad"] = True
        return {"t": record}
    if isinstance(value, torch.dtype):
        return {"dtype": dtype_name(value)}
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, complex):
        return {"complex": [number(value.real), number(value.imag)]}
    if isinstance(value, float):
        return number(value)
    if isinstance(value, tuple) and index:
        return {"tuple": [encode(v, index) for v in value]}
    if isinstance(value, (list, tuple)):
        return [encode(v, index) for v in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    raise TypeError(f"{type(value).__name__} is no recordable argument")


def tensors_in(value, path):
    """The differentiable tensors with their paths: depth first, keyword arguments by name."""
    if isinstance(value, torch.Tensor):
        return [(path, value)] if value.requires_grad else []
    if isinstance(value, (list, tuple)):
        return [found for i, v in enumerate(value) for found in tensors_in(v, f"{path}.{i}")]
    return []


def replaced(value, new):
    """The same argument with its differentiable tensors taken from an iterator."""
    if isinstance(value, torch.Tensor):
        return next(new) if value.requires_grad else value
    if isinstance(value, (list, tuple)):
        parts = [replaced(v, new) for v in value]
        return parts if isinstance(value, list) else tuple(parts)
    return value


# ---- Compositions


def prepared(name, x):
    if name == "symmetrize_input":
        return x + x.mT
    if name == "log_softmax_dim2_input":
        return torch.log_softmax(x, 2)
    return x


def processed(name, outputs):
    if name == "eigh_abs_vectors":
        return [outputs[0], outputs[1].abs()]
    if name in ("eigvals_power_sums", "eig_power_sums_and_square"):
        w = outputs[0]
        sums = [(w**p).sum(-1).real for p in (1, 2, 3)]
        if name == "eigvals_power_sums":
            return sums
        v = outputs[1]
        return sums + [torch.linalg.solve(v, v * (w * w).unsqueeze(-2), left=False).real]
    if name in ("svd_S_abs_Vh", "svdV_S_abs_Vh"):
        s = outputs[1]
        k = s.shape[-1]
        vh = outputs[2][..., :k, :] if name.startswith("svd_") else outputs[2][..., :k].mT
        return [s, vh.abs()]
    if name == "lowrank_UVh_S":
        return [outputs[0] @ outputs[2].mT, outputs[1]]
    if name == "qr_positive_diagonal":
        q, r = outputs
        sign = r.diagonal(dim1=-2, dim2=-1).sign().detach()
        return [q * sign.unsqueeze(-2), r * sign.unsqueeze(-1)]
    return outputs


# ---- One case


def random_like(tensor, source):
    """Random non-zero multiples of 1/16 in [-2, 2]."""
    parts = 2 if tensor.is_complex() else 1
    values = [source.choice([-1, 1]) * source.randint(1, 32) / 16 for _ in range(parts * tensor.numel())]
    result = torch.tensor(values, dtype=torch.float64).reshape(*tensor.shape, *([2] if parts == 2 else []))
    return (torch.view_as_complex(result) if parts == 2 else result).to(tensor.dtype)


def flatten_outputs(value):
    if isinstance(value, (list, tuple)):
        return [v for part in value for v in flatten_outputs(part)]
    return [value]


def inner(a, b):
    """Re sum conj(a) b."""
    product = a.conj() * b
    return (product.real if product.is_complex() else product).sum()


def is_finite(tensors):
    return all(t is None or bool(torch.isfinite(t).all()) for t in tensors)


class Recorder:
    """Records the outputs and derivatives of one call."""

    def __init__(self, op, sample, source):
        self.op, self.source = op, source
        self.input, self.args = sample.input, sample.args
        self.kwargs = {k: v for k, v in sample.kwargs.items() if k not in DROPPED}
        self.name = full_name(op)
        self.composition = PROCESSED.get(self.name)
        if self.name.startswith("masked.") and self.kwargs.get("mask") is not None:
            self.composition = "masked_out_to_zero"
        found = tensors_in(self.input, "input")
        found += [f for i, a in enumerate(self.args) for f in tensors_in(a, f"args.{i}")]
        found += [f for k in sorted(self.kwargs) for f in tensors_in(self.kwargs[k], f"kwargs.{k}")]
        self.paths, self.leaves = [p for p, _ in found], [t.detach() for _, t in found]

    def call(self, *tensors):
        """The flattened outputs at other values of the differentiable inputs."""
        new = iter(tensors)
        x = replaced(self.input, new)
        args = [replaced(a, new) for a in self.args]
        kwargs = {k: replaced(self.kwargs[k], new) for k in sorted(self.kwargs)}
        if self.name in PRE:
            x = prepared(PRE[self.name], x)
        outputs = flatten_outputs(self.op.op(x, *args, **kwargs))
        if self.composition == "masked_out_to_zero":
            # Elements to which no unmasked element contributes are unspecified.
            kept = torch.masked._output_mask(self.op.op, x, *args, **kwargs)
            return [torch.where(kept, o, o.new_zeros([])) for o in outputs]
        return processed(self.composition, outputs)

    def record(self, identifier):
        leaves = [t.clone().requires_grad_() for t in self.leaves]
        outputs = self.call(*leaves)
        index = self.name == "__getitem__"
        case = {
            "id": identifier, "input": encode(self.input), "args": [encode(a, index) for a in self.args],
            "kwargs": {k: encode(v) for k, v in self.kwargs.items()},
            "outputs": [encode(o.detach()) if isinstance(o, torch.Tensor) else {"value": encode(o)} for o in outputs],
            "wrt": self.paths, "vjp": None, "jvp": None, "gradgrad": None, "rtol": 1e-7, "atol": 1e-9,
        }
        if self.name in PRE:
            case["pre"] = PRE[self.name]
        if self.composition:
            case["processed"] = self.composition
        everything = leaves + [o for o in outputs if isinstance(o, torch.Tensor)]
        if any(t.is_complex() for t in everything):
            case["complex"] = True
        if any(t.dtype in (torch.float32, torch.float16, torch.bfloat16, torch.complex64) for t in everything):
            case["rtol"], case["atol"] = 1e-2, 1e-2
        names = self.argument_names()
        if names:
            case["arg_names"] = names
        self.differentiate(case, leaves, outputs)
        return case

    def argument_names(self):
        """PyTorch's names of the input and the positional arguments, where Python can tell them."""
        try:
            parameters = list(inspect.signature(self.op.op).parameters.values())
        except (TypeError, ValueError):
            return None
        named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        count = 1 + len(self.args)
        return named[:count] if len(named) >= count else None

    def differentiate(self, case, leaves, outputs):
        active = [isinstance(o, torch.Tensor) and o.requires_grad for o in outputs]
        if not leaves or not any(active):
            return
        cotangents = [random_like(o, self.source) if a else None for o, a in zip(outputs, active)]

        def loss(values):
            return sum(inner(c, o) for c, o in zip(cotangents, values) if c is not None)

        try:
            grads = torch.autograd.grad(loss(outputs), leaves, create_graph=True, allow_unused=True)
        except RuntimeError:
            return
        if not is_finite(grads):
            return
        case["vjp"] = {
            "cotangents": [None if c is None else flat(c) for c in cotangents],
            "grads": [None if g is None else flat(g) for g in grads],
        }
        self.second_order(case, leaves, grads)
        tangents = [random_like(t, self.source) for t in leaves]
        slope = sum(float(inner(t, g)) for t, g in zip(tangents, grads) if g is not None)
        if not self.agrees(lambda *xs: float(loss(self.call(*xs))), tangents, slope):
            case["nonsmooth"] = True
        self.forward(case, tangents, active)

    def second_order(self, case, leaves, grads):
        if not self.op.supports_gradgrad:
            return
        directions = [random_like(t, self.source) for t in leaves]
        terms = [inner(r, g) for r, g in zip(directions, grads) if g is not None and g.requires_grad]
        try:
            seconds = torch.autograd.grad(sum(terms), leaves, allow_unused=True) if terms else [None] * len(leaves)
        except RuntimeError:
            return
        if is_finite(seconds):
            case["gradgrad"] = {
                "r": [flat(r) for r in directions], "grads": [None if g is None else flat(g) for g in seconds],
            }

    def forward(self, case, tangents, active):
        if not self.op.supports_forward_ad:
            return
        import torch.autograd.forward_ad as forward_mode

        try:
            with forward_mode.dual_level():
                duals = [forward_mode.make_dual(x.clone(), t) for x, t in zip(self.leaves, tangents)]
                results = [
                    forward_mode.unpack_dual(o).tangent if a else None for o, a in zip(self.call(*duals), active)
                ]
        except (RuntimeError, NotImplementedError):
            return
        if is_finite(results):
            case["jvp"] = {
                "tangents": [flat(t) for t in tangents], "outputs": [None if o is None else flat(o) for o in results],
            }

    def agrees(self, loss, tangents, slope, step=1e-6):
        """Whether central differences confirm the slope along the tangents."""
        with torch.no_grad():
            ahead = loss(*(x + step * t for x, t in zip(self.leaves, tangents)))
            behind = loss(*(x - step * t for x, t in zip(self.leaves, tangents)))
        found = (ahead - behind) / (2 * step)
        return math.isfinite(found) and abs(found - slope) <= 1e-4 * max(1, abs(found), abs(slope))


# ---- Choosing samples


def full_name(op):
    return op.name + ("." + op.variant_test_name if op.variant_test_name else "")


def size_of(value):
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, (list, tuple)):
        return sum(size_of(v) for v in value)
    return 0


def form_of(value):
    """What tells samples of different forms apart."""
    if isinstance(value, torch.Tensor):
        return ("t", value.dim(), 0 in value.shape, str(value.dtype))
    if isinstance(value, (list, tuple)):
        return tuple(form_of(v) for v in value)
    return repr(value)


def chosen_samples(op, dtype, count, largest):
    """A few samples: one of each form, small ones first, then more of the same."""
    samples = []
    for sample in op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd):
        everything = [sample.input, list(sample.args), list(sample.kwargs.values())]
        if size_of(everything) <= largest:
            samples.append((size_of(everything), form_of(everything) + tuple(sorted(sample.kwargs)), sample))
    samples.sort(key=lambda entry: entry[0])
    seen, first, rest = set(), [], []
    for _, form, sample in samples:
        (rest if form in seen else first).append(sample)
        seen.add(form)
    return (first + rest)[:count]


def element_type(op):
    supported = op.supported_dtypes("cpu")
    for dtype in (torch.float64, torch.int64, torch.bool, torch.complex128):
        if dtype in supported:
            return dtype
    return None


def record_operator(op, options):
    dtype = element_type(op)
    if dtype is None or full_name(op) in UNRECORDABLE:
        return []
    cases = []
    for number_of_case, sample in enumerate(chosen_samples(op, dtype, options.cases, options.largest)):
        identifier = f"{full_name(op)}/r{number_of_case}"
        try:
            cases.append(Recorder(op, sample, random.Random(f"{options.seed} {identifier}")).record(identifier))
        except (TypeError, RuntimeError, ValueError, IndexError, NotImplementedError) as error:
            print(f"{identifier}: left out, {error}", file=sys.stderr)
    return cases


def read_index(path):
    """Categories and tiers of an earlier recording."""
    if path is None:
        return {}
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    return {line[0]: dict(zip(lines[0], line)) for line in lines[1:]}


def main():
    global torch, op_db
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path, help="the folder to write")
    parser.add_argument("--op", action="append", default=[], help="only operators of this name; * is a wildcard")
    parser.add_argument("--cases", type=int, default=8, help="the most cases an operator")
    parser.add_argument("--largest", type=int, default=150, help="the most elements of a sample's arguments together")
    parser.add_argument("--seed", type=int, default=0, help="of the samples, cotangents and tangents")
    parser.add_argument("--index", type=pathlib.Path, help="an INDEX.tsv whose categories and tiers are kept")
    options = parser.parse_args()
    torch, op_db = import_torch()
    torch.manual_seed(options.seed)
    index = read_index(options.index)
    folder = options.out / "pytorch"
    folder.mkdir(parents=True, exist_ok=True)
    columns = [
        "name", "torch_name", "category", "dev_cases", "supports_jvp", "supports_gradgrad", "tier", "supports_vjp",
    ]
    rows = ["\t".join(columns)]
    for op in sorted(op_db, key=full_name):
        name = full_name(op)
        if options.op and not any(fnmatch.fnmatchcase(name, pattern) for pattern in options.op):
            continue
        cases = record_operator(op, options)
        if not cases:
            continue
        known = index.get(name, {})
        torch_name = known.get("torch_name", f"torch.{op.name}")
        category, tier = known.get("category", "other"), int(known.get("tier", 3))
        heading = {
            "op": name, "torch_name": torch_name, "call": f"{torch_name}(input, *args, **kwargs)", "category": category,
            "tier": tier, "torch_version": torch.__version__.split("+")[0], "aliases": [a.name for a in op.aliases],
        }
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
        text = json.dumps(heading, separators=(",", ":"))[:-1] + ',"cases":[\n' + lines + "\n]}\n"
        (folder / f"{name}.json").write_text(text)
        supports = [int(any(case[check] for case in cases)) for check in ("jvp", "gradgrad", "vjp")]
        fields = [name, torch_name, category, len(cases), supports[0], supports[1], tier, supports[2]]
        rows.append("\t".join(map(str, fields)))
        print(f"{name}: {len(cases)} cases")
    (options.out / "INDEX.tsv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
