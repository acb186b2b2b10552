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
import time

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
        "lstm_train.scan", "lstm_train.fused", "jacobian.fwd", "jacobian.rev", "per_sample_grads", "gmm",
        "deep_chain.total", "compile_latency",
    ],
}
# What issue 5 asks of the ratio to PyTorch in eager mode: each case at least, and the group's geometric mean.
GOALS = {"small": (4, 10), "memory-bound": (1.5, None), "matrix-bound": (1, 1.2), "others": (None, None)}
OWN_GOALS = {"deep_chain.total": 20} | {name: 0.97 for name in GROUPS["matrix-bound"] if name.startswith("matmul")}
# Least work of a case: millions of bytes moved, or 10^9 operations in matrix products.
BYTES = {
    "elementwise_big.fwd": 2 * 16.78, "elementwise_big.grad": 4 * 16.78, "softmax_xent.grad": 2 * 16.38,
    "layernorm.grad": 3 * 25.17,
    # The parameters are read by the forward pass and the update, which writes them, all but the first layer's by the derivative too.
    "mlp_train.b1.sgd": 3 * 2.143 + 0.535,
}
# MiB of the arrays that a case has in memory at a time: which copies its passes are compared with.
ARRAYS = {
    "elementwise_big.fwd": 4 * 16, "elementwise_big.grad": 6 * 16, "softmax_xent.grad": 2 * 16, "layernorm.grad": 4 * 24,
}
# Bytes of passes that the library's counter does not see, in millions: standardizing reads x and writes y; its derivative reads
# x and the cotangent and writes another.
UNCOUNTED = {"layernorm.grad": 5 * 25.17}
# What a case gains from a second thread: wanted of ours, where the peer gains at least as much as the other number.
SCALING, SCALES = 1.7, 1.5
# Milliseconds that a process may take which answers one question.
START_UP = 50
FLOPS = {
    "matmul.1024.fwd": 2.147, "matmul.1024.grad": 6.442, "matmul.bmm.fwd": 0.268, "matmul.bmm.grad": 0.805,
    "mlp_train.b64.sgd": 0.154, "mlp_train.b64.adam": 0.154, "cnn_train": 0.145, "resnet_train": 2.4, "gpt_train": 5.8,
    "lstm_train.unrolled": 1.07, "lstm_train.scan": 1.07, "lstm_train.fused": 1.07,
}


def run(command, timeout=600, quiet=(0,)):
    """The JSON lines that a command prints, by workload; and its complaint unless its exit code is among `quiet`."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment())
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    complaint = done.stderr.strip().splitlines()[-1:] if done.returncode not in quiet else []
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
    # One that came under another name, such as tensorflow-cpu, is asked itself.
    code = ("import importlib, importlib.metadata as m\nfor n in %r:\n  try: print(n, m.version(n))\n"
            "  except m.PackageNotFoundError: print(n, importlib.import_module(n).__version__)") % (modules,)
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.split("\n")[:-1]


def installed(python, module):
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def start_up(adjoint):
    """The median time of 20 processes that differentiate a formula."""
    command, times = [adjoint, "grad", "x^2", "--at", "x=3"], []
    for _ in range(20):
        begin = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True, env=environment())
        times.append(time.perf_counter() - begin)
    median = middle(times)
    verdict = "yes" if median * 1e3 < START_UP else "no"
    print(f"Start-up, `adjoint grad \"x^2\" --at x=3`: {milliseconds(median)} ms (median of 20, least {milliseconds(min(times))}; "
          f"goal {START_UP}: {verdict})\n")
    return {"workload": "start_up", "peer": "adjoint", "threads": 1, "median_s": median, "min_s": min(times), "n": 20}


def per_pass(line, limits):
    """A case's time by that of copies which move as many bytes as its operations, in arrays that take as much memory."""
    sizes = sorted((int(name[len("limit.copy_"):-len("MiB")]), limit["value"])
                   for name, limit in limits.items() if name.startswith("limit.copy_"))
    rate = next((rate for size, rate in sizes if 2 * size >= ARRAYS[line["workload"]]), sizes[-1][1])
    moved = line["bytes_moved"] + UNCOUNTED.get(line["workload"], 0) * 1e6
    return line["min_s"] / (moved * 1e-9 / rate)


def scaling(best, first, last, peers):
    """A table of what more threads gain: `best` has the least time of a case, a library and a number of threads."""
    print(f"Time with {first} thread(s) by time with {last}; goal: ours at least {SCALING} where PyTorch reaches {SCALES}\n")
    print(f"| case | ours | {' | '.join(peers)} | goal |")
    print("| --- | ---: |" + " ---: |" * len(peers) + " --- |")
    for name in GROUPS["memory-bound"] + GROUPS["matrix-bound"]:
        gains = {who: best[name, who, first] / best[name, who, last] for who in ["ours", *peers]
                 if (name, who, first) in best and (name, who, last) in best}
        if "ours" not in gains:
            continue
        verdict = ""
        if gains.get("torch", 0) >= SCALES:
            verdict = "yes" if gains["ours"] >= SCALING else f"no ({SCALING:g}×)"
        cells = [f"{gains[who]:.2f}" if who in gains else "–" for who in ["ours", *peers]]
        print(f"| {name} | {' | '.join(cells)} | {verdict} |")
    print()


def milliseconds(seconds):
    return f"{seconds * 1e3:.4g}"


def judge(name, group, ratio):
    least = OWN_GOALS.get(name, GOALS[group][0])
    return "" if least is None else ("yes" if ratio >= least else f"no ({least:g}×)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", required=True, help="the adjoint-bench executable")
    parser.add_argument("--adjoint", help="the adjoint executable, for the time of its start-up")
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
    counts = list(map(int, options.threads.split(",")))
    everything, ratios, fastest = [], {}, {}
    print(f"{machine()}; {'; '.join(versions(options.python, sorted({PEERS[p][2].split('.')[0] for p in peers})))}\n")

    if options.adjoint:
        everything.append(start_up(options.adjoint))
    for threads in counts:
        limits, _ = run([options.bench, "--limits", "--threads", str(threads)])
        everything += limits.values()
        copy, product = limits["limit.copy_16MiB"]["value"], limits["limit.sgemm_1024"]["value"]
        print(f"{threads} thread(s): copies of 16 MiB {copy:.1f} GB/s, of 256 MiB "
              f"{limits['limit.copy_256MiB']['value']:.1f} GB/s, matrix products {product:.1f} GFLOP/s\n")
        print(f"| case | ours, ms | {' | '.join(f'{peer}, ratio' for peer in peers)} | goal | of the limit, fused | of the limit, per pass | memory |")
        print("| --- | ---: |" + " ---: |" * len(peers) + " --- | ---: | ---: | ---: |")
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
                            # A peer that does not have a case says so with 3.
                            found, complaint = run(
                                [options.python, os.path.join(HERE, script), *flags, "--mode", mode], quiet=(0, 3))
                        except subprocess.TimeoutExpired as error:
                            found, complaint = {}, [f"no answer in {error.timeout:g} seconds"]
                        complaints += [f"{peer}, {name}: {text}" for text in complaint]
                        theirs[peer].append(found.get(name))
                for complaint in dict.fromkeys(complaints):
                    print(complaint, file=sys.stderr)
                if not all(ours):
                    continue
                for who, lines in [("ours", ours), *theirs.items()]:
                    if any(lines):
                        fastest[name, who, threads] = min(line["min_s"] for line in lines if line)
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
                best = fastest[name, "ours", threads]
                least = BYTES[name] * 1e-3 / copy if name in BYTES else FLOPS[name] / product if name in FLOPS else None
                limit = f"{best / least:.2f}×" if least else ""
                passes = f"{per_pass(min(ours, key=lambda line: line['min_s']), limits):.2f}×" if name in ARRAYS else ""
                if verdict.startswith("no") and least:
                    verdict += f", at the limit {fastest[name, 'torch', threads] / least:.1f}×"
                print(f"| {name} | {milliseconds(best)} | {' | '.join(cells)} | {verdict} | {limit} | {passes} | {memory} |",
                      flush=True)
        print()
        for group in GROUPS:
            cells = [f"{peer} {geometric(means[peer][group]):.2f}" for peer in peers if means[peer].get(group)]
            if cells:
                goal = GOALS[group][1]
                print(f"Geometric mean, {group}: {', '.join(cells)}" + (f" (goal {goal:g})" if goal else ""))
        print()

    if len(counts) > 1:
        scaling(fastest, counts[0], counts[-1], peers)
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
