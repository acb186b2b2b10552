"""Workloads in MLX on its processor back-end; float32 only, so those in float64 are left out."""

import time
import workloads as w

options = w.arguments(["eager"])
start_import = time.perf_counter()
import mlx.core as mx  # noqa: E402
import numpy as np  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - start_import
mx.set_default_device(mx.cpu)


def absolute(tensors):
    return sum(np.abs(np.array(t).astype(np.float64)).sum() for t in tensors)


def arrays(list_of):
    return [mx.array(a) for a in list_of]


def timed(bench, f, *inputs):
    def step():
        results = f(*inputs)
        mx.eval(results)
        return results

    return step(), bench.sample(step)


def value_and_gradients(bench, name, f, inputs):
    both = mx.value_and_grad(f, argnums=tuple(range(len(inputs))))
    (value, gradients), times = timed(bench, both, *inputs)
    gradients = gradients if isinstance(gradients, (tuple, list)) else [gradients]
    bench.report(name, times, [value.item(), absolute(gradients)])


def scalar_chain(bench, name):
    def chain(x):
        for _ in range(333):
            x = mx.sin(x) * 1.0001 + 0.0001
        return mx.sin(x)

    both = mx.value_and_grad(chain)
    (value, gradient), times = timed(bench, both, mx.array(0.5))
    bench.report("scalar_chain.total", times, [value.item(), abs(gradient.item())])


def seed_control_flow(bench, name):
    def f(a):
        b = 2 * a
        while mx.abs(b).item() < 1000:
            b = 2 * b
        return b if b.item() > 0 else 100 * b

    gradient, times = timed(bench, mx.grad(f), mx.array(0.37))
    bench.report(name, times, [gradient.item()])


def small_vec(bench, name):
    inputs = arrays(w.uniform(s, -1, 1, (64,)) for s in (3001, 3002, 3003))
    value_and_gradients(bench, name, lambda a, x, b: mx.tanh(a * x + b).sum(), inputs)


def cross_entropy(logits, labels):
    chosen = mx.take_along_axis(logits, labels[:, None], axis=-1)[:, 0]
    return (mx.logsumexp(logits, axis=-1) - chosen).mean()


def softmax_xent(bench, name):
    labels = mx.array(w.labels(5002, 1000, (4096,)))
    value_and_gradients(
        bench, name, lambda x: cross_entropy(x, labels), arrays([w.uniform(5001, -4, 4, (4096, 1000))]))


def matmul(bench, name):
    seed, shape = (7001, (1024, 1024)) if "1024" in name else (7004, (64, 128, 128))
    a, b, g = arrays(w.uniform(seed + k, -1, 1, shape) for k in range(3))
    if name.endswith("grad"):
        return value_and_gradients(bench, name, lambda a, b: (mx.matmul(a, b) * g).sum(), [a, b])
    value, times = timed(bench, mx.matmul, a, b)
    bench.report(name, times, [(np.array(value).astype(np.float64) * np.array(g).astype(np.float64)).sum()])


def train(bench, name, parameters, loss, update):
    both = mx.value_and_grad(loss)
    state = [parameters, [mx.zeros_like(p) for p in parameters], [mx.zeros_like(p) for p in parameters], 0]

    def step():
        value, gradients = both(state[0])
        state[3] += 1
        update(state, gradients)
        mx.eval(value, state[:3])
        return value.item()

    w.training(bench, name, step)


def sgd(rate):
    def update(state, gradients):
        state[0] = [p - rate * g for p, g in zip(state[0], gradients)]

    return update


def adam(decay):
    def update(state, gradients):
        t = state[3]
        state[1] = [0.9 * m + 0.1 * g for m, g in zip(state[1], gradients)]
        state[2] = [0.999 * v + 0.001 * g * g for v, g in zip(state[2], gradients)]
        a, c = 1 - 0.9**t, 1 - 0.999**t
        state[0] = [
            p * (1 - 0.001 * decay) - 0.001 * (m / a) / (mx.sqrt(v / c) + 1e-8) for p, m, v in zip(*state[:3])]

    return update


def perceptron(p, x):
    for k in range(0, len(p), 2):
        x = (mx.maximum(x, 0) if k else x) @ p[k] + p[k + 1]
    return x


def mlp_train(bench, name):
    count = 1 if ".b1." in name else 64
    x, labels = arrays([w.uniform(8001, 0, 1, (64, 784))[:count], w.labels(8002, 10, (64,))[:count]])
    loss = lambda p: cross_entropy(perceptron(p, x), labels)
    train(
        bench, name, arrays(w.dense(8101, 784, 512, 256, 10)), loss, adam(0) if name.endswith("adam") else sgd(0.1))


def gpt_train(bench, name):
    inputs, targets = arrays(w.gpt_text())
    norm = lambda x, a, b: mx.fast.layer_norm(x, a, b, 1e-5)
    gelu = lambda x: 0.5 * x * (1 + mx.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x * x * x)))
    hidden = mx.array(np.where(np.triu(np.ones((128, 128), bool), 1), -np.inf, 0).astype(np.float32))

    def loss(p):
        h = p[0][inputs] + p[1]
        for layer in range(4):
            q = p[2 + 12 * layer : 14 + 12 * layer]
            parts = (norm(h, q[0], q[1]) @ q[2] + q[3]).reshape(8, 128, 3, 4, 32).transpose(2, 0, 3, 1, 4)
            scores = parts[0] @ parts[1].transpose(0, 1, 3, 2) * 32**-0.5 + hidden
            y = (mx.softmax(scores, axis=-1) @ parts[2]).transpose(0, 2, 1, 3).reshape(8, 128, 128)
            h = h + y @ q[4] + q[5]
            h = h + gelu(norm(h, q[6], q[7]) @ q[8] + q[9]) @ q[10] + q[11]
        return cross_entropy((norm(h, p[-3], p[-2]) @ p[-1]).reshape(1024, 256), targets.reshape(1024))

    train(bench, name, arrays(w.gpt_parameters()), loss, adam(0.01))


def lstm_train(bench, name):
    x, weights = w.lstm_data()
    x = mx.array(x)

    def loss(wx, wh, b):
        h = c = mx.zeros((32, 128))
        outputs = []
        for t in range(64):
            i, f, g, o = mx.split(x[t] @ wx + h @ wh + b, 4, 1)
            c = mx.sigmoid(f) * c + mx.sigmoid(i) * mx.tanh(g)
            h = mx.sigmoid(o) * mx.tanh(c)
            outputs.append(h)
        return mx.square(mx.stack(outputs)).mean()

    value_and_gradients(bench, name, loss, arrays(weights))


def per_sample_grads(bench, name):
    x, labels = arrays([w.uniform(15001, 0, 1, (64, 784)), w.labels(15002, 10, (64,))])
    parameters = arrays(w.dense(15101, 784, 128, 10))
    loss = lambda p, x, label: cross_entropy(perceptron(p, x[None]), label[None])
    f = mx.vmap(mx.grad(loss), in_axes=(None, 0, 0))
    value, times = timed(bench, f, parameters, x, labels)
    bench.report(name, times, [sum(np.square(np.array(g).astype(np.float64)).sum() for g in value)])


if __name__ == "__main__":
    w.Bench("mlx", options).run(globals(), without=[
        "elementwise_big", "layernorm", "cnn_train", "resnet_train", "lstm_train.scan", "lstm_train.fused", "hessian",
        "jacobian", "ode", "gmm", "deep_chain", "compile_latency",
    ])
