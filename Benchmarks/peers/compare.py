#!/usr/bin/env python3
"""Runs adjoint-bench and the peers that are installed side by side: ours, theirs, ours, theirs ...

Prints for each case the ratio (peer's time / ours; more than 1: Adjoint is faster) with its spread over the rounds, the
geometric mean of each group, and how far ours is from what the machine reaches. Times are the minimum of a process: on a
shared machine that is the library's speed. Both sides run in the same minute, so a ratio says something where an absolute
time does not. Needs nothing but Python itself; the peers run in the Python that --python names.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# Peer: script, mode, module that must be there.
PEERS = {
    "torch": ("torch_peer.py", "eager", "torch"),
    "torch-compile": ("torch_peer.py", "compile", "torch"),
    "jax": ("jax_peer.py", "jit", "jax"),
    "tensorflow": ("tensorflow_peer.py", "function", "tensorflow"),
    "mlx": ("mlx_peer.py", "eager", "mlx.core"),
}
GROUPS = {
    "small": [
        "scalar_chain.total", "seed_control_flow", "small_vec", "mlp_train.b1.sgd", "ode", "hessian.dense100",
        "hessian.hvp10000", "lstm_train.unrolled",
    ],
    "memory-bound": ["elementwise_big.fwd", "elementwise_big.grad", "softmax_xent.grad", "layernorm.grad"],
    "matrix-bound": [
        "matmul.1024.fwd", "matmul.1024.grad", "matmul.bmm.fwd", "matmul.bmm.grad", "mlp_train.b64.sgd",
        "mlp_train.b64.adam", "cnn_train", "resnet_train", "gpt_train",
    ],
    "others": [
        "lstm_train.fused", "jacobian.fwd", "jacobian.rev", "per_sample_grads", "gmm", "deep_chain.total",
        "compile_latency",
    ],
}
# What issue 5 asks of the ratio to PyTorch in eager mode: each case at least, and the group's geometric mean.
GOALS = {"small": (4, 10), "memory-bound": (1.5, None), "matrix-bound": (1, 1.2), "others": (None, None)}
OWN_GOALS = {"deep_chain.total": 20} | {name: 0.97 for name in GROUPS["matrix-bound"] if name.startswith("matmul")}
# Least work of a case: millions of bytes moved, or 10^9 operations in matrix products.
BYTES = {
    "elementwise_big.fwd": 2 * 16.78, "elementwise_big.grad": 4 * 16.78, "softmax_xent.grad": 2 * 16.38,
    "layernorm.grad": 3 * 25.17,
}
FLOPS = {
    "matmul.1024.fwd": 2.147, "matmul.1024.grad": 6.442, "matmul.bmm.fwd": 0.268, "matmul.bmm.grad": 0.805,
    "mlp_train.b64.sgd": 0.154, "mlp_train.b64.adam": 0.154, "cnn_train": 0.145, "resnet_train": 2.4, "gpt_train": 5.8,
}


def run(command, timeout=600):
    """The JSON lines that a command prints, by workload; and its complaint if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment())
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    complaint = done.stderr.strip().splitlines()[-1:] if done.returncode != 0 else []
    return {line["workload"]: line for line in lines}, complaint


def environment():
    """Ours without the variables by which a machine may hold OpenBLAS to an older processor: each side uses all of it."""
    return {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}


def geometric(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def middle(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def machine():
    model = "unknown processor"
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as info:
            model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), model)
    return f"{os.cpu_count()} cores of {model}, {platform.system()} {platform.release()}"


def versions(python, modules):
    code = "import importlib.metadata as m\nfor n in %r:\n  print(n, m.version(n))" % (modules,)
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.split("\n")[:-1]


def installed(python, module):
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def milliseconds(seconds):
    return f"{seconds * 1e3:.4g}"


def judge(name, group, ratio):
    least = OWN_GOALS.get(name, GOALS[group][0])
    return "" if least is None else ("yes" if ratio >= least else f"no ({least:g}×)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="the adjoint-bench executable")
    parser.add_argument("--python", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--peers", default="torch", help="some of " + ", ".join(PEERS) + ", or all")
    parser.add_argument("--mode", default="eager", help="ours: eager, staged or compiled")
    parser.add_argument("--threads", default="1", help="such as 1 or 1,2")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5, help="of samples in each process")
    parser.add_argument("--cases", default="", help="only these, with commas")
    parser.add_argument("--output", help="a file for all lines as JSON")
    parser.add_argument("--guard", help="an earlier --output: fail if a ratio fell by more than --tolerance")
    parser.add_argument("--tolerance", type=float, default=0.25)
    options = parser.parse_args()

    wanted = list(PEERS) if options.peers == "all" else options.peers.split(",")
    peers = [peer for peer in wanted if installed(options.python, PEERS[peer][2])]
    for peer in set(wanted) - set(peers):
        print(f"{peer} is not installed in {options.python}: make bench-peers", file=sys.stderr)
    chosen = options.cases.split(",") if options.cases else None
    everything, ratios = [], {}
    print(f"{machine()}; {'; '.join(versions(options.python, sorted({PEERS[p][2].split('.')[0] for p in peers})))}\n")

    for threads in map(int, options.threads.split(",")):
        limits, _ = run([options.bench, "--limits", "--threads", str(threads)])
        everything += limits.values()
        copy, product = limits["limit.copy_16MiB"]["value"], limits["limit.sgemm_1024"]["value"]
        print(f"{threads} thread(s): copies of 16 MiB {copy:.1f} GB/s, of 256 MiB "
              f"{limits['limit.copy_256MiB']['value']:.1f} GB/s, matrix products {product:.1f} GFLOP/s\n")
        print(f"| case | ours, ms | {' | '.join(f'{peer}, ratio' for peer in peers)} | goal | of the limit | memory |")
        print("| --- | ---: |" + " ---: |" * len(peers) + " --- | ---: | ---: |")
        means = {peer: {} for peer in peers}
        for group, names in GROUPS.items():
            for name in names:
                if chosen and name not in chosen:
                    continue
                ours, theirs, complaints = [], {peer: [] for peer in peers}, []
                for _ in range(options.rounds):
                    flags = ["--workload", name, "--threads", str(threads), "--seconds", str(options.seconds)]
                    found, complaint = run([options.bench, *flags, "--mode", options.mode, "--json"])
                    complaints += complaint
                    ours.append(found.get(name))
                    for peer in peers:
                        script, mode, _ = PEERS[peer]
                        try:
                            found, complaint = run(
                                [options.python, os.path.join(HERE, script), *flags, "--mode", mode])
                        except subprocess.TimeoutExpired:
                            found = {}
                        theirs[peer].append(found.get(name))
                for complaint in complaints[:1]:
                    print(complaint, file=sys.stderr)
                if not all(ours):
                    continue
                everything += ours + [line for peer in peers for line in theirs[peer] if line]
                cells, verdict, memory = [], "", ""
                for peer in peers:
                    pairs = [(a, b) for a, b in zip(ours, theirs[peer]) if b]
                    if not pairs:
                        cells.append("–")
                        continue
                    each = [b["min_s"] / a["min_s"] for a, b in pairs]
                    ratio = middle(each)
                    means[peer].setdefault(group, []).append(ratio)
                    ratios[f"{name} {peer} {threads}"] = ratio
                    cells.append(f"{ratio:.2f} ({min(each):.2f}–{max(each):.2f})")
                    if peer == "torch":
                        verdict = judge(name, group, ratio)
                        key = "bytes_per_node" if name.startswith("deep_chain") else "peak_mib"
                        if key in pairs[0][0] and key in pairs[0][1]:
                            memory = f"{pairs[0][0][key] / pairs[0][1][key]:.2f}"
                best = min(line["min_s"] for line in ours)
                limit = ""
                if name in BYTES:
                    limit = f"{best / (BYTES[name] * 1e-3 / copy):.2f}×"
                elif name in FLOPS:
                    limit = f"{best / (FLOPS[name] / product):.2f}×"
                print(f"| {name} | {milliseconds(best)} | {' | '.join(cells)} | {verdict} | {limit} | {memory} |", flush=True)
        print()
        for group in GROUPS:
            cells = [f"{peer} {geometric(means[peer][group]):.2f}" for peer in peers if means[peer].get(group)]
            if cells:
                goal = GOALS[group][1]
                print(f"Geometric mean, {group}: {', '.join(cells)}" + (f" (goal {goal:g})" if goal else ""))
        print()

    if options.output:
        with open(options.output, "w") as file:
            json.dump({"ratios": ratios, "lines": everything}, file, indent=1)
    if options.guard:
        with open(options.guard) as file:
            before = json.load(file)["ratios"]
        fallen = [(key, before[key], ratio) for key, ratio in ratios.items()
                  if key in before and ratio < before[key] * (1 - options.tolerance)]
        for key, old, new in fallen:
            print(f"the ratio of {key} fell from {old:.2f} to {new:.2f}", file=sys.stderr)
        sys.exit(1 if fallen else 0)


if __name__ == "__main__":
    main()
