#!/usr/bin/env python3
"""Records operator cases from an installed PyTorch, in the format that adjoint-conformance reads.

    python3 -m venv .venv && .venv/bin/pip install torch numpy scipy expecttest
    .venv/bin/python scripts/record-conformance.py OUT [--op 'linalg.*'] [--dtype complex128] [--cases 8] [--like FOLDER]
    .venv/bin/python scripts/record-conformance.py --check FOLDER [--op 'linalg.*']

For every operator of PyTorch's own database (OpInfo) this takes a few of its samples, small ones of different forms
first, runs them on the CPU in float64 with one thread, and writes OUT/pytorch/<name>.json and OUT/INDEX.tsv. A case
has the arguments, the outputs, and up to three derivative checks. Cotangents, tangents and directions are random non-
zero multiples of 1/16 in [-2, 2]. A derivative that is not finite is not recorded; a case whose slope central
differences do not confirm is marked nonsmooth: there the numbers are PyTorch's convention. Elsewhere forward mode and
second derivatives that contradict the gradient are not recorded. --check computes recorded cases again, with their
arguments, cotangents, tangents and directions, and tells what differs.

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
import functools
import inspect
import json
import math
import pathlib
import random
import sys
import types
import warnings

# Operators that read uninitialized memory, or whose results are sparse.
UNRECORDABLE = {
    "empty", "empty_like", "empty_permuted", "empty_strided", "item", "new_empty", "new_empty_strided",
    "sparse.mm.reduce", "to_sparse",
}
# PyTorch's approximations are that coarse.
COARSE = {"special.bessel_j0", "special.bessel_j1", "special.bessel_y0", "special.bessel_y1", "special.airy_ai"}
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
    "linalg.eig": "eig_power_sums_and_square", "linalg.qr": "qr_positive_diagonal",
    "svd_lowrank": "lowrank_UVh_S", "pca_lowrank": "lowrank_UVh_S",
}
# One case after the other; U and Vh have one free sign or phase together.
SINGULAR = ["S_abs_Vh", "abs_U", "S", "UVh_S"]
# These operators multiply their first two arguments themselves.
LOW_RANK = {"linalg.pinv.singular", "svd_lowrank", "pca_lowrank"}
# Results that are 0 where no unmasked element contributes; the scans keep the input's shape.
MASKED_SCANS = {"cumsum", "cumprod", "softmax", "log_softmax", "softmin", "normalize"}


def import_torch():
    try:
        import torch
        from torch.testing._internal.common_methods_invocations import op_db
    except ImportError as error:
        sys.exit(f"record-conformance: {error}; install torch, numpy and expecttest")
    torch.set_num_threads(1)
    # The fused attention has neither forward mode nor second derivatives.
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
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
    # The zeros that PyTorch's forward mode makes have no memory.
    tensor = torch.zeros(tensor.shape, dtype=tensor.dtype) if tensor._is_zerotensor() else tensor
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


def prepared(name, x, args):
    """The input and the arguments that the operator gets."""
    if name == "symmetrize_input":
        return x + x.mH, args
    if name == "log_softmax_dim2_input":
        return torch.log_softmax(x, 2), args
    if name in ("tril_input", "triu_input"):
        return getattr(torch, name[:4])(x), args
    if name in ("tril_arg0", "triu_arg0"):
        return x, [getattr(torch, name[:4])(args[0]), *args[1:]]
    return x, args


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
    if name is not None and name.startswith("svd"):
        u, s, vh = outputs if name.startswith("svd_") else (outputs[0], outputs[1], outputs[2].mH)
        k = s.shape[-1]
        u, vh = u[..., :k], vh[..., :k, :]
        kind = name.split("_", 1)[1]
        return {"S_abs_Vh": [s, vh.abs()], "abs_U": [u.abs()], "S": [s], "UVh_S": [u @ vh, s]}[kind]
    if name == "lowrank_UVh_S":
        return [outputs[0] @ outputs[2].mH, outputs[1]]
    if name == "qr_positive_diagonal":
        q, r = outputs
        sign = r.diagonal(dim1=-2, dim2=-1).sgn().detach()
        count = sign.shape[-1]

        def padded(extent):
            return torch.cat([sign, sign.new_ones(*sign.shape[:-1], extent - count)], -1)

        return [q * padded(q.shape[-1]).unsqueeze(-2), r * padded(r.shape[-2]).conj().unsqueeze(-1)]
    return outputs


# ---- One case


def random_like(tensor, source):
    """Random non-zero multiples of 1/16 in [-2, 2], flat."""
    parts = 2 if tensor.is_complex() else 1
    return [source.choice([-1, 1]) * source.randint(1, 32) / 16 for _ in range(parts * tensor.numel())]


def tensor_like(tensor, numbers):
    """A tensor of flat numbers, of the shape and type of another."""
    result = torch.tensor([float(v) for v in numbers], dtype=torch.float64)
    if tensor.is_complex():
        result = torch.view_as_complex(result.reshape(*tensor.shape, 2))
    return result.reshape(tensor.shape).to(tensor.dtype)


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


def is_close(a, b, tolerance=1e-4):
    return math.isfinite(a) and abs(a - b) <= tolerance * max(1, abs(a), abs(b))


class Recorder:
    """Records the outputs and derivatives of one call."""

    def __init__(self, op, sample, draw, keeps_all=False):
        """`draw(tensor, part, place)` gives the numbers of a cotangent, tangent or direction."""
        self.op, self.draw, self.keeps_all = op, draw, keeps_all
        self.input, self.args = sample.input, sample.args
        self.kwargs = {k: v for k, v in sample.kwargs.items() if k not in DROPPED}
        self.name = full_name(op)
        self.pre, self.processed = sample.pre, sample.processed
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
        x, args = prepared(self.pre, x, args)
        outputs = flatten_outputs(self.op.op(x, *args, **kwargs))
        if self.processed == "masked_out_to_zero":
            return [torch.where(self.kept(x), o, o.new_zeros([])) for o in outputs]
        if self.processed == "masked_out_to_zero_pointwise":
            masks = [kwargs[k] for k in ("input_mask", "other_mask") if kwargs.get(k) is not None]
            return [functools.reduce(lambda o, m: torch.where(m, o, o.new_zeros([])), masks, o) for o in outputs]
        return processed(self.processed, outputs)

    def kept(self, x):
        """Where an unmasked element contributes to the output."""
        mask = self.kwargs.get("mask")
        kept = torch.ones(x.shape, dtype=torch.bool) if mask is None else mask.broadcast_to(x.shape)
        if self.name.split(".")[1] in MASKED_SCANS or x.dim() == 0:
            return kept
        place = 1 if self.name == "masked.norm" else 0
        axes = self.kwargs.get("dim", self.args[place] if len(self.args) > place else None)
        axes = [axes] if isinstance(axes, int) else axes or range(x.dim())
        for axis in sorted({a % x.dim() for a in axes}, reverse=True):
            kept = kept.any(axis, keepdim=self.kwargs.get("keepdim", False))
        return kept

    def drawn(self, tensor, part, place):
        return tensor_like(tensor, self.draw(tensor, part, place))

    def is_random(self):
        """Whether the outputs depend on the seed, also where the database sets one itself."""
        original, results = torch.manual_seed, []
        for shift in (0, 1):
            torch.manual_seed = lambda seed, shift=shift: original(seed + shift)
            try:
                torch.manual_seed(7)
                results.append(self.call(*self.leaves))
            finally:
                torch.manual_seed = original
        first, second = ([encode(v.detach() if isinstance(v, torch.Tensor) else v) for v in r] for r in results)
        return any(
            differs(a["t"]["data"], b["t"]["data"], 1e-9, 1e-12) for a, b in zip(first, second) if isinstance(a, dict))

    def record(self, identifier):
        leaves = [t.clone().requires_grad_() for t in self.leaves]
        outputs = self.call(*leaves)
        index = self.name == "__getitem__"
        case = {
            "id": identifier, "input": encode(self.input), "args": [encode(a, index) for a in self.args],
            "kwargs": {k: encode(v) for k, v in self.kwargs.items()},
            "outputs": [encode(o.detach()) if isinstance(o, torch.Tensor) else {"value": encode(o)} for o in outputs],
            "wrt": self.paths, "vjp": None, "jvp": None, "gradgrad": None,
        }
        if self.pre:
            case["pre"] = self.pre
        if self.processed:
            case["processed"] = self.processed
        everything = leaves + [o for o in outputs if isinstance(o, torch.Tensor)]
        if any(t.is_complex() for t in everything):
            case["complex"] = True
        case["rtol"], case["atol"] = (1e-5, 1e-5) if self.name in COARSE else tolerance(everything)
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
        cotangents = [self.drawn(o, "cotangents", i) if a else None for i, (o, a) in enumerate(zip(outputs, active))]

        def loss(values):
            return sum(inner(c, o) for c, o in zip(cotangents, values) if c is not None)

        def gradient(xs):
            return torch.autograd.grad(loss(self.call(*xs)), xs, create_graph=True, allow_unused=True)

        try:
            grads = torch.autograd.grad(loss(outputs), leaves, create_graph=True, allow_unused=True)
        except RuntimeError:
            return
        if not self.keeps_all and not is_finite(grads):
            return
        case["vjp"] = {
            "cotangents": [None if c is None else flat(c) for c in cotangents],
            "grads": [None if g is None else flat(g) for g in grads],
        }
        tangents = [self.drawn(t, "tangents", i) for i, t in enumerate(leaves)]
        slope = sum(float(inner(t, g)) for t, g in zip(tangents, grads) if g is not None)
        if not self.agrees(lambda *xs: float(loss(self.call(*xs)).detach()), tangents, slope):
            case["nonsmooth"] = True
        self.second_order(case, leaves, grads, tangents, gradient)
        self.forward(case, tangents, active, cotangents, slope)

    def second_order(self, case, leaves, grads, tangents, gradient):
        directions = [self.drawn(t, "r", i) for i, t in enumerate(leaves)]

        def along(gradients):
            return [inner(r, g) for r, g in zip(directions, gradients) if g is not None and g.requires_grad]

        def value(*xs):
            with torch.enable_grad():
                return float(sum(along(gradient([x.requires_grad_() for x in xs]))))

        terms = along(grads)
        try:
            seconds = torch.autograd.grad(sum(terms), leaves, allow_unused=True) if terms else [None] * len(leaves)
        except RuntimeError:
            return
        if not self.keeps_all:
            slope = sum(float(inner(t, g)) for t, g in zip(tangents, seconds) if g is not None)
            contradicted = "nonsmooth" not in case and not self.agrees(value, tangents, slope)
            if contradicted or not is_finite(seconds):
                return
        case["gradgrad"] = {
            "r": [flat(r) for r in directions], "grads": [None if g is None else flat(g) for g in seconds],
        }

    def forward(self, case, tangents, active, cotangents, slope):
        import torch.autograd.forward_ad as forward_mode

        try:
            with forward_mode.dual_level():
                duals = [forward_mode.make_dual(x.clone(), t) for x, t in zip(self.leaves, tangents)]
                results = [
                    forward_mode.unpack_dual(o).tangent if a else None for o, a in zip(self.call(*duals), active)
                ]
        except (RuntimeError, NotImplementedError):
            return
        if not self.keeps_all:
            along = sum(float(inner(c, o)) for c, o in zip(cotangents, results) if c is not None and o is not None)
            if not is_finite(results) or ("nonsmooth" not in case and not is_close(along, slope)):
                return
        case["jvp"] = {
            "tangents": [flat(t) for t in tangents], "outputs": [None if o is None else flat(o) for o in results],
        }

    def agrees(self, function, tangents, slope, step=1e-6):
        """Whether central differences confirm the slope along the tangents, where the numbers are precise enough."""
        if any(t.dtype not in (torch.float64, torch.complex128) for t in self.leaves):
            return True
        try:
            with torch.no_grad():
                ahead = function(*(x + step * t for x, t in zip(self.leaves, tangents)))
                behind = function(*(x - step * t for x, t in zip(self.leaves, tangents)))
        except (RuntimeError, ValueError):
            # The end of the domain.
            return False
        return is_close((ahead - behind) / (2 * step), slope)


def tolerance(tensors):
    """Relative and absolute, by the least precise type."""
    types = {t.dtype for t in tensors}
    if types & {torch.bfloat16, torch.float16}:
        return 3e-2, 1e-2
    if types & {torch.float32, torch.complex64}:
        return 1e-4, 1e-4
    return 1e-7, 1e-9


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


def composed(name, sample, number_of_case):
    """A sample with the functions that are composed with the operator."""
    pre, after = PRE.get(name), PROCESSED.get(name)
    upper = sample.kwargs.get("upper", name == "triangular_solve")
    if name == "cholesky_inverse":
        pre = "triu_input" if upper else "tril_input"
    if name in ("cholesky_solve", "triangular_solve"):
        pre = "triu_arg0" if upper else "tril_arg0"
    if name in LOW_RANK:
        pre = "matmul_input_arg0T"
    if name in ("svd", "linalg.svd"):
        kind = SINGULAR[number_of_case % len(SINGULAR)]
        after = ("svd_" if name == "linalg.svd" else "svdV_") + kind
        without_vectors = not sample.kwargs.get("compute_uv", True) or (bool(sample.args) and sample.args[-1] is False)
        if name == "svd" and without_vectors:
            after = "svdV_S"
    if name.startswith("masked.") and sample.kwargs.get("mask") is not None:
        after = "masked_out_to_zero"
    if name == "masked.logaddexp":
        after = "masked_out_to_zero_pointwise"
    return types.SimpleNamespace(
        input=sample.input, args=sample.args, kwargs=sample.kwargs, pre=pre, processed=after)


def chosen_samples(op, dtype, options):
    """A few samples: one of each form, small ones first, then more of the same."""
    samples = []
    torch.manual_seed(random.Random(f"{options.seed} {full_name(op)}").getrandbits(32))
    differentiable = op.supports_autograd and (dtype.is_floating_point or dtype.is_complex)
    for sample in op.sample_inputs("cpu", dtype, requires_grad=differentiable):
        everything = [sample.input, list(sample.args), list(sample.kwargs.values())]
        if size_of(everything) <= options.largest:
            samples.append((size_of(everything), form_of(everything) + tuple(sorted(sample.kwargs)), sample))
    samples.sort(key=lambda entry: entry[0])
    seen, first, rest = set(), [], []
    for _, form, sample in samples:
        (rest if form in seen else first).append(sample)
        seen.add(form)
    return (first + rest)[: options.cases]


def element_type(op, wanted):
    supported = op.supported_dtypes("cpu")
    if wanted:
        return next((d for d in supported if dtype_name(d) == wanted), None)
    for dtype in (torch.float64, torch.int64, torch.bool, torch.complex128):
        if dtype in supported:
            return dtype
    return None


def record_operator(op, options):
    dtype = element_type(op, options.dtype)
    if dtype is None or full_name(op) in UNRECORDABLE:
        return []
    cases = []
    try:
        samples = chosen_samples(op, dtype, options)
    except (RuntimeError, ValueError, AssertionError) as error:
        print(f"{full_name(op)}: no samples, {str(error).splitlines()[0]}", file=sys.stderr)
        return []
    for number_of_case, sample in enumerate(samples):
        identifier = f"{full_name(op)}/r{number_of_case}"
        source = random.Random(f"{options.seed} {identifier}")
        try:
            sample = composed(full_name(op), sample, number_of_case)
            recorder = Recorder(op, sample, lambda t, part, place: random_like(t, source))
            if not recorder.is_random():
                cases.append(recorder.record(identifier))
        except (TypeError, RuntimeError, ValueError, IndexError, NotImplementedError, AssertionError) as error:
            print(f"{identifier}: left out, {str(error).splitlines()[0]}", file=sys.stderr)
    return cases


# ---- Recorded cases again


def decode(value):
    """The argument that `encode` wrote."""
    if isinstance(value, list):
        return [decode(v) for v in value]
    if isinstance(value, str):
        return float(value) if value in ("nan", "inf", "-inf") else value
    if not isinstance(value, dict):
        return value
    (tag, content), = value.items()
    if tag == "t":
        dtype = getattr(torch, content["dtype"])
        data = [float(v) if isinstance(v, str) else v for v in content["data"]]
        if dtype.is_complex:
            real = torch.tensor(data, dtype=torch.float64).reshape(*content["shape"], 2)
            tensor = torch.view_as_complex(real).to(dtype)
        else:
            tensor = torch.tensor(data, dtype=dtype).reshape(content["shape"])
        return tensor.requires_grad_(content.get("requires_grad", False))
    return {
        "tuple": lambda: tuple(decode(v) for v in content), "slice": lambda: slice(*content), "ellipsis": lambda: ...,
        "dtype": lambda: getattr(torch, content), "complex": lambda: complex(*content),
    }[tag]()


def differs(found, wanted, rtol, atol):
    """Whether two recorded parts of a case differ beyond its tolerance; no gradient is the same as zeros."""
    if found is None or wanted is None:
        return any(v != 0 for v in (found or wanted or []))
    a, b = (torch.tensor([float(v) for v in numbers], dtype=torch.float64) for numbers in (found, wanted))
    return not torch.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)


def check_case(op, case):
    """What PyTorch gives otherwise than a recorded case says."""
    parts = {"cotangents": ("vjp", "cotangents"), "tangents": ("jvp", "tangents"), "r": ("gradgrad", "r")}

    def recorded(tensor, part, place):
        check, name = parts[part]
        numbers = case[check] and case[check][name][place]
        return numbers or [0.0] * (tensor.numel() * (2 if tensor.is_complex() else 1))

    args, kwargs = decode(case["args"]), decode(list(case["kwargs"].values()))
    sample = types.SimpleNamespace(
        input=decode(case["input"]), args=args, kwargs=dict(zip(case["kwargs"], kwargs)), pre=case.get("pre"),
        processed=case.get("processed"))
    found = Recorder(op, sample, recorded, keeps_all=True).record(case["id"])
    rtol, atol = case["rtol"], case["atol"]
    wrong = [] if len(found["outputs"]) == len(case["outputs"]) else ["the number of outputs"]
    for place, (got, want) in enumerate(zip(found["outputs"], case["outputs"])):
        if "t" in want and (
            got["t"]["shape"] != want["t"]["shape"] or differs(got["t"]["data"], want["t"]["data"], rtol, atol)):
            wrong.append(f"output {place}")
    for check, name in (("vjp", "grads"), ("jvp", "outputs"), ("gradgrad", "grads")):
        if case[check] is None:
            continue
        if found[check] is None:
            wrong.append(f"no {check}")
        elif any(differs(a, b, rtol, atol) for a, b in zip(found[check][name], case[check][name])):
            wrong.append(check)
    return wrong


def check(options):
    """Computes recorded cases again; whether all agree."""
    operators = {full_name(op): op for op in op_db}
    counts = {"agree": 0, "differ": 0, "unknown": 0}
    for path in sorted([*options.check.glob("pytorch/*.json"), *options.check.glob("*.json")]):
        content = json.loads(path.read_text())
        for case in content["cases"]:
            name = content.get("op", case.get("op"))
            if not is_chosen(name, options):
                continue
            op = operators.get(name)
            if op is None:
                counts["unknown"] += 1
                continue
            try:
                wrong = check_case(op, case)
            except (TypeError, RuntimeError, ValueError, IndexError, NotImplementedError, KeyError, AssertionError) as error:
                wrong = [str(error).splitlines()[0]]
            counts["differ" if wrong else "agree"] += 1
            if wrong:
                print(f"{case['id']} {name}: {', '.join(wrong)}")
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return counts["differ"] == 0


# ---- The command


def is_chosen(name, options):
    return not options.op or any(fnmatch.fnmatchcase(name, pattern) for pattern in options.op)


def known_operators(folder):
    """What an earlier recording says of its operators, beside the cases."""
    if folder is None:
        return {}
    files = [json.loads(path.read_text()) for path in sorted(folder.glob("pytorch/*.json"))]
    return {content["op"]: content for content in files}


def write_operator(op, cases, known, folder):
    """Writes an operator's file; its line of the index."""
    name = full_name(op)
    torch_name = known.get("torch_name", f"torch.{op.name}")
    category, tier = known.get("category", "other"), known.get("tier", 3)
    heading = {
        "op": name, "torch_name": torch_name, "call": known.get("call", f"{torch_name}(input, *args, **kwargs)"),
        "category": category, "tier": tier, "torch_version": torch.__version__.split("+")[0],
        "aliases": [a.name for a in op.aliases],
    }
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in cases)
    text = json.dumps(heading, separators=(",", ":"))[:-1] + ',"cases":[\n' + lines + "\n]}\n"
    (folder / f"{name}.json").write_text(text)
    supports = [int(any(case[part] for case in cases)) for part in ("jvp", "gradgrad", "vjp")]
    fields = [name, torch_name, category, len(cases), supports[0], supports[1], tier, supports[2]]
    return "\t".join(map(str, fields))


def main():
    global torch, op_db
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path, nargs="?", help="the folder to write")
    parser.add_argument("--op", action="append", default=[], help="only operators of this name; * is a wildcard")
    parser.add_argument("--dtype", help="the element type of the samples, where an operator has it")
    parser.add_argument("--cases", type=int, default=8, help="the most cases an operator")
    parser.add_argument("--largest", type=int, default=150, help="the most elements of a sample's arguments together")
    parser.add_argument("--seed", type=int, default=0, help="of the samples, cotangents and tangents")
    parser.add_argument("--like", type=pathlib.Path, help="a recording whose operators, calls and tiers are kept")
    parser.add_argument("--check", type=pathlib.Path, help="a recording to compute again instead")
    options = parser.parse_args()
    if (options.out is None) == (options.check is None):
        parser.error("give a folder to write, or --check a folder")
    warnings.simplefilter("ignore")
    torch, op_db = import_torch()
    if options.check:
        sys.exit(0 if check(options) else 1)
    known = known_operators(options.like)
    folder = options.out / "pytorch"
    folder.mkdir(parents=True, exist_ok=True)
    columns = [
        "name", "torch_name", "category", "dev_cases", "supports_jvp", "supports_gradgrad", "tier", "supports_vjp",
    ]
    rows = ["\t".join(columns)]
    for op in sorted(op_db, key=full_name):
        name = full_name(op)
        if not is_chosen(name, options) or (known and name not in known):
            continue
        cases = record_operator(op, options)
        if cases:
            rows.append(write_operator(op, cases, known.get(name, {}), folder))
            print(f"{name}: {len(cases)} cases", flush=True)
    (options.out / "INDEX.tsv").write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
