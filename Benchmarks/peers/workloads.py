"""Data and rules that all peers share: the generator, the measurement, the command line, the expected checksums."""

import argparse
import gc
import json
import os
import resource
import sys
import time


def arguments(modes):
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", default="all")
    parser.add_argument("--mode", default=modes[0], choices=modes)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--list", action="store_true")
    chosen = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, set(cores[: chosen.threads]))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(chosen.threads)
    # Set on this machine for old builds of OpenBLAS; they would slow a current numpy.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    return chosen


def _mix(x):
    import numpy as np

    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


def _hash(seed, count):
    import numpy as np

    index = np.arange(count, dtype=np.uint32)
    return _mix(index * np.uint32(0x9E3779B9) + _mix(np.full(1, seed, np.uint32)))


def uniform(seed, low, high, shape, dtype="float32"):
    import numpy as np

    count = int(np.prod(shape, dtype=np.int64))
    u = (_hash(seed, count) >> np.uint32(8)).astype(np.float64) * (1 / 16777216)
    return (low + (high - low) * u).astype(dtype).reshape(shape)


def labels(seed, classes, shape):
    import numpy as np

    count = int(np.prod(shape, dtype=np.int64))
    return (_hash(seed, count) % np.uint32(classes)).astype(np.int64).reshape(shape)


def fan(seed, shape, f, gain=1, dtype="float32"):
    bound = (gain / f) ** 0.5
    return uniform(seed, -bound, bound, shape, dtype)


def dense(seed, *widths, dtype="float32"):
    arrays = []
    for k, (n, m) in enumerate(zip(widths, widths[1:])):
        arrays += [fan(seed + 2 * k, (n, m), n, dtype=dtype), fan(seed + 2 * k + 1, (m,), n, dtype=dtype)]
    return arrays


def cnn_parameters():
    return [
        fan(9101, (6, 1, 5, 5), 25), fan(9102, (6,), 25), fan(9103, (16, 6, 5, 5), 150), fan(9104, (16,), 150),
    ] + dense(9105, 400, 120, 84, 10)


RESNET_SHAPES = [
    (16, 3, 3, 3), (16, 16, 3, 3), (16, 16, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3), (32, 16, 1, 1),
    (64, 32, 3, 3), (64, 64, 3, 3), (64, 32, 1, 1),
]


def resnet_parameters():
    """Filter, gamma, beta of each convolution, then W and b."""
    import numpy as np

    arrays = []
    for index, shape in enumerate(RESNET_SHAPES):
        arrays += [
            fan(10101 + index, shape, shape[1] * shape[2] * shape[3], gain=6),
            np.ones(shape[0], np.float32), np.zeros(shape[0], np.float32),
        ]
    return arrays + [fan(10110, (64, 10), 64), fan(10111, (10,), 64)]


def gpt_parameters():
    """tok, pos; for each layer gamma beta wqkv bqkv wo bo gamma beta wfc bfc wpr bpr; gamma, beta, head."""
    import numpy as np

    ones, zeros = (lambda n: np.ones(n, np.float32)), (lambda n: np.zeros(n, np.float32))
    arrays = [uniform(11101, -0.05, 0.05, (256, 128)), uniform(11102, -0.05, 0.05, (128, 128))]
    for layer in range(4):
        s = 11110 + 10 * layer
        arrays += [ones(128), zeros(128), fan(s + 1, (128, 384), 128), zeros(384), fan(s + 2, (128, 128), 128), zeros(128)]
        arrays += [ones(128), zeros(128), fan(s + 3, (128, 512), 128), zeros(512), fan(s + 4, (512, 128), 512), zeros(128)]
    return arrays + [ones(128), zeros(128), fan(11103, (128, 256), 128)]


def gpt_text():
    text = labels(11001, 256, (8, 129))
    return text[:, :128].copy(), text[:, 1:].copy()


def lstm_data():
    x = uniform(12001, -1, 1, (64, 32, 64))
    return x, [fan(12101, (64, 512), 128), fan(12102, (128, 512), 128), fan(12103, (512,), 128)]


def gmm_data():
    f64 = "float64"
    return (
        uniform(19001, -1, 1, (25,), f64), uniform(19002, -2, 2, (25, 10), f64),
        uniform(19003, -0.5, 0.5, (25, 55), f64), uniform(19004, -2, 2, (1000, 10), f64),
    )


def gmm_triangle():
    """Where each place of a matrix of 10 rows finds its number among the 45 of a triangle; 45 above and on the diagonal."""
    import numpy as np

    places, number = np.full((10, 10), 45), 0
    for column in range(10):
        for row in range(column + 1, 10):
            places[row, column] = number
            number += 1
    return places


GMM_CONSTANTS = (-9189.385332046726, -77.31890261619034)

# Checksum, then checksum2 or loss0 where there is one; relative tolerance; absolute tolerance of the first.
EXPECTED = {
    "scalar_chain": ((0.1074463, 0.00443776), 1e-4, 0),
    "seed_control_flow": ((4096,), 0, 0),
    "small_vec": ((-2.748791, 90.02929), 1e-4, 0),
    "elementwise_big": ((2086104.349, 5028067.18), 1e-4, 0),
    "softmax_xent.grad": ((8.839447, 1.998072), 1e-4, 0),
    "layernorm.grad": ((7333781.41, 27011004), 1e-4, 0),
    "matmul.1024": ((594.99, 17841327.7), 1e-4, 0.1),
    "matmul.bmm": ((-54.354, 6313457.68), 1e-4, 0.05),
    "mlp_train.b64.sgd": ((2.210731, 2.311031), 1e-3, 0),
    "mlp_train.b1.sgd": ((0.0043296, 2.442449), 1e-3, 0),
    "mlp_train.b64.adam": ((1.42174, 2.311031), 1e-3, 0),
    "cnn_train": ((2.268066, 2.282607), 1e-3, 0),
    "resnet_train": ((2.11898, 2.273778), 1e-3, 0),
    "gpt_train": ((4.25702, 5.698460), 1e-3, 0),
    "lstm_train": ((0.00498693, 0.2946736), 1e-4, 0),
    "hessian.dense100": ((97165.50298508763,), 1e-9, 0),
    "hessian.hvp10000": ((3370477.48049947,), 1e-9, 0),
    "jacobian": ((68.67564814970713,), 1e-9, 0),
    "per_sample_grads": ((2917.3703,), 1e-4, 0),
    "deep_chain": ((1.0517838047585, 1.0512710937786), 1e-9, 0),
    "ode": ((663.409037938, 863.368963345), 1e-9, 0),
    "gmm": ((-16859.4213955693, 27139.8577887806), 1e-9, 0),
    "compile_latency": ((2.311031,), 1e-3, 0),
}


def judge(name, found):
    key = max((k for k in EXPECTED if name == k or name.startswith(k + ".")), key=len)
    wanted, relative, absolute = EXPECTED[key]
    for index, (value, number) in enumerate(zip(wanted, found)):
        if not abs(number - value) <= max(abs(value) * relative, absolute if index == 0 else 0):
            return f"{name}: checksum {index} is {number}, expected {value}"
    return None


# What is run. A peer has a function for each workload, the part of the name before the first dot, and says what it lacks.
CASES = [
    "scalar_chain", "seed_control_flow", "small_vec", "elementwise_big.fwd", "elementwise_big.grad", "softmax_xent.grad",
    "layernorm.grad", "matmul.1024.fwd", "matmul.1024.grad", "matmul.bmm.fwd", "matmul.bmm.grad", "mlp_train.b64.sgd",
    "mlp_train.b1.sgd", "mlp_train.b64.adam", "cnn_train", "resnet_train", "gpt_train", "lstm_train.unrolled",
    "lstm_train.scan", "lstm_train.fused", "hessian.dense100", "hessian.hvp10000", "jacobian.fwd", "jacobian.rev",
    "per_sample_grads", "ode", "gmm", "deep_chain", "compile_latency",
]


class Bench:
    """Runs one peer's workloads."""

    def __init__(self, peer, options):
        self.peer, self.options, self.failures = peer, options, []

    def sample(self, step):
        """Times of `step`, which waits for its results."""
        for _ in range(3):
            step()
        gc.collect()
        times, start = [], time.perf_counter()
        limit = self.options.seconds
        while time.perf_counter() - start < limit or (len(times) < 5 and time.perf_counter() - start < 5 * limit):
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        return times

    def report(self, name, times, checksums, **extra):
        ordered = sorted(times)
        middle = len(ordered) // 2
        median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
        line = {
            "workload": name, "peer": self.peer, "mode": self.options.mode, "threads": self.options.threads,
            "median_s": median, "min_s": ordered[0], "n": len(ordered), "checksum": float(checksums[0]),
        }
        for index, value in enumerate(checksums[1:]):
            line[f"checksum{index + 2}"] = float(value)
        line.update(extra)
        line["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(line), flush=True)
        failure = judge(name, [float(c) for c in checksums])
        if failure:
            self.failures.append(failure)

    def run(self, functions, without=()):
        """Runs what the command line asks for; `without` has cases, or workloads with all their cases."""
        wish = self.options.workload
        under = lambda name, whole: name == whole or name.startswith(whole + ".")
        names = [case for case in CASES if not any(under(case, lacking) for lacking in without)]
        if self.options.list:
            print("\n".join(names))
            return
        names = [name for name in names if wish == "all" or under(name, wish) or under(wish, name)]
        if not names:
            print(f"{self.peer}: no workload {wish}", file=sys.stderr)
            sys.exit(3)
        for name in names:
            functions[name.split(".")[0]](self, name)
        for failure in self.failures:
            print(f"{self.peer}: {failure}", file=sys.stderr)
        sys.exit(1 if self.failures else 0)


def training(bench, name, step):
    """Ten judged steps, then the measurement; `step` returns the loss as a number that is on the host."""
    losses = [step() for _ in range(10)]
    bench.report(name, bench.sample(step), [losses[9], losses[0]])


def chain_report(bench, name, run, operations, **more):
    """`run` gives seconds forward and backward, the value and the gradient; `name` is without part."""
    run(), run(), run()
    forward, backward, start = [], [], time.perf_counter()
    while time.perf_counter() - start < bench.options.seconds or len(forward) < (2 if operations > 10000 else 5):
        f, b, value, gradient = run()
        forward.append(f)
        backward.append(b)
    total = [f + b for f, b in zip(forward, backward)]
    for part, times in (("fwd", forward), ("bwd", backward), ("total", total)):
        wish = bench.options.workload
        if wish in ("all", name, f"{name}.{part}"):
            ns = sorted(times)[len(times) // 2] / operations * 1e9
            bench.report(f"{name}.{part}", times, [value, abs(gradient)], ns_per_op_median=ns, **more)
