"""The workloads in JAX, under jit."""

import os
import time
import workloads as w

options = w.arguments(["jit"])
os.environ["XLA_FLAGS"] = (
    f"--xla_cpu_multi_thread_eigen={'true' if options.threads > 1 else 'false'} "
    f"intra_op_parallelism_threads={options.threads}")
os.environ["JAX_PLATFORMS"] = "cpu"
start_import = time.perf_counter()
import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax import lax  # noqa: E402
import numpy as np  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - start_import
jax.config.update("jax_enable_x64", True)


def absolute(tree):
    return sum(np.abs(np.asarray(a, np.float64)).sum() for a in jax.tree.leaves(tree))


def arrays(list_of):
    return tuple(jnp.asarray(a) for a in list_of)


def timed(bench, f, *inputs):
    f = jax.jit(f)
    step = lambda: jax.block_until_ready(f(*inputs))
    return step(), bench.sample(step)


def value_and_gradients(bench, name, f, inputs):
    (value, gradients), times = timed(bench, jax.value_and_grad(lambda p: f(*p)), inputs)
    bench.report(name, times, [value, absolute(gradients)])


def scalar_chain(bench, name):
    def chain(x):
        for _ in range(333):
            x = jnp.sin(x) * 1.0001 + 0.0001
        return jnp.sin(x)

    f, x = jax.jit(jax.value_and_grad(chain)), jnp.float32(0.5)
    step = lambda: jax.block_until_ready(f(x))
    value, gradient = step()
    bench.report("scalar_chain.total", bench.sample(step), [value, abs(gradient)], note="one jit of 1,000 operations")


def seed_control_flow(bench, name):
    def f(a):
        b = lax.while_loop(lambda b: jnp.abs(b) < 1000, lambda b: 2 * b, 2 * a)
        return lax.cond(b > 0, lambda b: b, lambda b: 100 * b, b)

    gradient, times = timed(bench, lambda a: jax.jvp(f, (a,), (jnp.ones_like(a),))[1], jnp.float32(0.37))
    bench.report(name, times, [gradient], note="forward mode: no reverse mode through while_loop")


def small_vec(bench, name):
    inputs = arrays(w.uniform(s, -1, 1, (64,)) for s in (3001, 3002, 3003))
    value_and_gradients(bench, name, lambda a, x, b: jnp.tanh(a * x + b).sum(), inputs)


def elementwise_big(bench, name):
    f = lambda x, y: (jnp.tanh(x * y + 0.5) * jnp.exp(-x)).sum()
    inputs = arrays(w.uniform(s, -1, 1, (1 << 22,)) for s in (4001, 4002))
    if name.endswith("grad"):
        return value_and_gradients(bench, name, f, inputs)
    value, times = timed(bench, f, *inputs)
    bench.report(name, times, [value])


def cross_entropy(logits, labels):
    chosen = jnp.take_along_axis(logits, labels[..., None], axis=-1)[..., 0]
    return (jax.nn.logsumexp(logits, axis=-1) - chosen).mean()


def softmax_xent(bench, name):
    labels = jnp.asarray(w.labels(5002, 1000, (4096,)))
    value_and_gradients(
        bench, name, lambda x: cross_entropy(x, labels), arrays([w.uniform(5001, -4, 4, (4096, 1000))]))


def layer_norm(x, gamma, beta):
    mean = x.mean(-1, keepdims=True)
    variance = jnp.square(x - mean).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * gamma + beta


def layernorm(bench, name):
    inputs = arrays([
        w.uniform(6001, -1, 1, (8192, 768)), w.uniform(6002, 0.5, 1.5, (768,)), w.uniform(6003, -0.5, 0.5, (768,))])
    value_and_gradients(bench, name, lambda x, g, b: jnp.square(layer_norm(x, g, b)).sum(), inputs)


def matmul(bench, name):
    seed, shape = (7001, (1024, 1024)) if "1024" in name else (7004, (64, 128, 128))
    a, b, g = arrays(w.uniform(seed + k, -1, 1, shape) for k in range(3))
    if name.endswith("grad"):
        return value_and_gradients(bench, name, lambda a, b: (jnp.matmul(a, b) * g).sum(), (a, b))
    value, times = timed(bench, jnp.matmul, a, b)
    bench.report(name, times, [(np.asarray(value, np.float64) * np.asarray(g, np.float64)).sum()])


def train(bench, name, loss, state, update):
    """`update(parameters, gradients, rest)` gives new parameters and the rest of the state; the first loss is of the initial ones."""

    @jax.jit
    def advance(parameters, rest):
        value, gradients = jax.value_and_grad(loss)(parameters)
        return value, *update(parameters, gradients, rest)

    def step():
        nonlocal state
        value, *state = advance(*state)
        return float(jax.block_until_ready((value, state))[0])

    w.training(bench, name, step)


def sgd(rate):
    return lambda p, g, rest: (jax.tree.map(lambda p, g: p - rate * g, p, g), rest)


def adam(decay):
    def update(p, g, rest):
        m, v, t = rest
        t = t + 1
        m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
        v = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, v, g)
        a, c = (1 - 0.9**t).astype(jnp.float32), (1 - 0.999**t).astype(jnp.float32)
        new = lambda p, m, v: p * (1 - 0.001 * decay) - 0.001 * (m / a) / (jnp.sqrt(v / c) + 1e-8)
        return jax.tree.map(new, p, m, v), (m, v, t)

    return update


def zeros(parameters):
    return jax.tree.map(jnp.zeros_like, parameters)


def mlp(samples):
    x = jnp.asarray(w.uniform(8001, 0, 1, (64, 784))[:samples])
    labels = jnp.asarray(w.labels(8002, 10, (64,))[:samples])
    loss = lambda p: cross_entropy(perceptron(p, x), labels)
    return arrays(w.dense(8101, 784, 512, 256, 10)), loss


def perceptron(p, x):
    for k in range(0, len(p), 2):
        x = (jax.nn.relu(x) if k else x) @ p[k] + p[k + 1]
    return x


def mlp_train(bench, name):
    parameters, loss = mlp(1 if ".b1." in name else 64)
    if name.endswith("adam"):
        rest = (zeros(parameters), zeros(parameters), jnp.float64(0))
        return train(bench, name, loss, [parameters, rest], adam(0))
    train(bench, name, loss, [parameters, ()], sgd(0.1))


def convolution(x, filters, stride=1, padding=0):
    pads = [(padding, padding)] * 2
    return lax.conv_general_dilated(x, filters, (stride, stride), pads)


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")


def cnn_train(bench, name):
    images, labels = jnp.asarray(w.uniform(9001, 0, 1, (64, 1, 28, 28))), jnp.asarray(w.labels(9002, 10, (64,)))

    def loss(p):
        h = max_pool(jax.nn.relu(convolution(images, p[0], padding=2) + p[1][:, None, None]))
        h = max_pool(jax.nn.relu(convolution(h, p[2]) + p[3][:, None, None])).reshape(64, 400)
        return cross_entropy(perceptron(p[4:], h), labels)

    train(bench, name, loss, [arrays(w.cnn_parameters()), ()], sgd(0.05))


def resnet_train(bench, name):
    images, labels = jnp.asarray(w.uniform(10001, -1, 1, (32, 3, 32, 32))), jnp.asarray(w.labels(10002, 10, (32,)))

    def loss(p, running):
        new = []

        def layer(index, x, stride=1):
            filters, gamma, beta = p[3 * index : 3 * index + 3]
            y = convolution(x, filters, stride, filters.shape[2] // 2)
            mean = y.mean((0, 2, 3))
            variance = jnp.square(y - mean[:, None, None]).mean((0, 2, 3))
            n = y.size / y.shape[1]
            old = running[index]
            new.append((0.9 * old[0] + 0.1 * mean, 0.9 * old[1] + 0.1 * variance * (n / (n - 1))))
            spread = lambda a: a[:, None, None]
            return (y - spread(mean)) * spread(lax.rsqrt(variance + 1e-5) * gamma) + spread(beta)

        def block(first, x, stride=1, shortcut=None):
            y = layer(first + 1, jax.nn.relu(layer(first, x, stride)))
            return jax.nn.relu(y + (x if shortcut is None else layer(shortcut, x, stride)))

        x = jax.nn.relu(layer(0, images))
        x = block(6, block(3, block(1, x), 2, 5), 2, 8)
        return cross_entropy(x.mean((2, 3)) @ p[27] + p[28], labels), new

    @jax.jit
    def advance(p, running):
        (value, running), gradients = jax.value_and_grad(loss, has_aux=True)(p, running)
        return value, jax.tree.map(lambda p, g: p - 0.05 * g, p, gradients), running

    state = [arrays(w.resnet_parameters()), [(jnp.zeros(s[0]), jnp.ones(s[0])) for s in w.RESNET_SHAPES]]
    state[1] = jax.tree.map(lambda a: a.astype(jnp.float32), state[1])

    def step():
        nonlocal state
        value, *state = advance(*state)
        return float(jax.block_until_ready((value, state))[0])

    w.training(bench, name, step)


def gpt_train(bench, name):
    inputs, targets = arrays(w.gpt_text())
    hidden = jnp.triu(jnp.ones((128, 128), bool), 1)

    def loss(p):
        h = p[0][inputs] + p[1]
        for layer in range(4):
            q = p[2 + 12 * layer : 14 + 12 * layer]
            parts = (layer_norm(h, q[0], q[1]) @ q[2] + q[3]).reshape(8, 128, 3, 4, 32).transpose(2, 0, 3, 1, 4)
            scores = jnp.where(hidden, -jnp.inf, parts[0] @ parts[1].swapaxes(-1, -2) * np.float32(32**-0.5))
            y = (jax.nn.softmax(scores) @ parts[2]).transpose(0, 2, 1, 3).reshape(8, 128, 128)
            h = h + y @ q[4] + q[5]
            h = h + jax.nn.gelu(layer_norm(h, q[6], q[7]) @ q[8] + q[9], approximate=True) @ q[10] + q[11]
        logits = layer_norm(h, p[-3], p[-2]) @ p[-1]
        return cross_entropy(logits.reshape(1024, 256), targets.reshape(1024))

    parameters = arrays(w.gpt_parameters())
    rest = (zeros(parameters), zeros(parameters), jnp.float64(0))
    train(bench, name, loss, [parameters, rest], adam(0.01))


def lstm_train(bench, name):
    x, weights = w.lstm_data()
    x = jnp.asarray(x)

    def cell(carry, z, wh):
        h, c = carry
        i, f, g, o = jnp.split(z + h @ wh, 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def loss(wx, wh, b):
        zero = jnp.zeros((32, 128), jnp.float32)
        carry, outputs = (zero, zero), []
        if name.endswith("scan"):
            _, stacked = lax.scan(lambda s, x: cell(s, x @ wx + b, wh), carry, x)
            return jnp.square(stacked).mean()
        for t in range(64):
            carry, h = cell(carry, x[t] @ wx + b, wh)
            outputs.append(h)
        return jnp.square(jnp.stack(outputs)).mean()

    value_and_gradients(bench, name, loss, arrays(weights))


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    return (100 * jnp.square(tail - jnp.square(head)) + jnp.square(1 - head)).sum()


def hessian(bench, name):
    if name.endswith("dense100"):
        f, inputs = jax.hessian(rosenbrock), [w.uniform(13001, -1, 1, (100,), "float64")]
    else:
        f = lambda x, v: jax.jvp(jax.grad(rosenbrock), (x,), (v,))[1]
        inputs = [w.uniform(s, -1, 1, (10000,), "float64") for s in (13003, 13004)]
    value, times = timed(bench, f, *arrays(inputs))
    bench.report(name, times, [absolute(value)])


def jacobian(bench, name):
    p = arrays(w.dense(14101, 64, 64, 64, 64, dtype="float64"))

    def f(x):
        for k in range(3):
            x = jnp.tanh(x @ p[2 * k] + p[2 * k + 1])
        return x

    transform = jax.jacfwd if name.endswith("fwd") else jax.jacrev
    value, times = timed(bench, transform(f), jnp.asarray(w.uniform(14001, -1, 1, (64,), "float64")))
    bench.report(name, times, [absolute(value)])


def per_sample_grads(bench, name):
    x, labels = arrays([w.uniform(15001, 0, 1, (64, 784)), w.labels(15002, 10, (64,))])
    loss = lambda p, x, label: cross_entropy(perceptron(p, x), label)
    f = jax.vmap(jax.grad(loss), in_axes=(None, 0, 0))
    value, times = timed(bench, f, arrays(w.dense(15101, 784, 128, 10)), x, labels)
    bench.report(name, times, [sum(np.square(np.asarray(a, np.float64)).sum() for a in value)])


def deep_chain(bench, name):
    def f(y):
        return lax.scan(lambda y, _: (y * 1.0000001 + 1e-9, None), y, length=500000)[0]

    (value, gradient), times = timed(bench, jax.value_and_grad(f), jnp.float64(1.0))
    bench.report("deep_chain.total", times, [value, gradient], note="lax.scan")


def ode(bench, name):
    def slope(s, p):
        x, y, z = s
        return jnp.stack((p[0] * (y - x), x * (p[1] - z) - y, x * y - p[2] * z))

    def f(s, p):
        def rk4(s, _):
            h = 0.005
            k1 = slope(s, p)
            k2 = slope(s + h / 2 * k1, p)
            k3 = slope(s + h / 2 * k2, p)
            k4 = slope(s + h * k3, p)
            return s + h / 6 * (k1 + 2 * (k2 + k3) + k4), None

        return jnp.square(lax.scan(rk4, s, length=1000)[0]).sum()

    value_and_gradients(bench, name, f, arrays([np.ones(3), np.array([10, 28, 8 / 3])]))


def compile_latency(bench, name):
    parameters, loss = mlp(64)

    @jax.jit
    def advance(p):
        value, gradients = jax.value_and_grad(loss)(p)
        return value, jax.tree.map(lambda p, g: p - 0.1 * g, p, gradients)

    begin = time.perf_counter()
    value, parameters = advance(parameters)
    value = float(value)
    first = time.perf_counter() - begin
    float(advance(parameters)[0])
    second = time.perf_counter() - begin - first
    bench.report(name, [first], [value], import_s=IMPORT_SECONDS, second_step_s=second)


def gmm(bench, name):
    alphas, means, icf, x = w.gmm_data()
    x, places = jnp.asarray(x), w.gmm_triangle().reshape(-1)

    def f(alphas, means, icf):
        q, lower = icf[:, :10], icf[:, 10:]
        padded = jnp.pad(lower, ((0, 0), (0, 1)))
        root = padded[:, places].reshape(25, 10, 10) + jnp.exp(q)[..., None] * jnp.eye(10)
        centered = x[None] - means[:, None]
        squares = jnp.square(centered @ root.swapaxes(1, 2)).sum(-1)
        inner = (alphas + q.sum(1))[:, None] - 0.5 * squares
        likelihood = jax.nn.logsumexp(inner, axis=0).sum() - 1000 * jax.nn.logsumexp(alphas)
        wishart = 0.5 * (jnp.square(jnp.exp(q)).sum() + jnp.square(lower).sum())
        return w.GMM_CONSTANTS[0] + likelihood + wishart - 25 * w.GMM_CONSTANTS[1]

    value_and_gradients(bench, name, f, arrays([alphas, means, icf]))


if __name__ == "__main__":
    w.Bench("jax", options).run(globals(), without=["lstm_train.fused"])
