"""Workloads in TensorFlow, under tf.function; those that it has no natural way to run are left out."""

import os
import time
import workloads as w

options = w.arguments(["function"])
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
start_import = time.perf_counter()
import tensorflow as tf  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - start_import
tf.config.threading.set_intra_op_parallelism_threads(options.threads)
tf.config.threading.set_inter_op_parallelism_threads(1)


def absolute(tensors):
    return sum(float(tf.reduce_sum(tf.abs(tf.cast(t, tf.float64)))) for t in tensors)


def constants(arrays):
    return [tf.constant(a) for a in arrays]


def timed(bench, f, *inputs):
    f = tf.function(f)

    def step():
        results = f(*inputs)
        for result in tf.nest.flatten(results):
            result.numpy() if result.shape.rank == 0 else result._numpy()
        return results

    return step(), bench.sample(step)


def value_and_gradients(bench, name, f, inputs):
    def both(*inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            value = f(*inputs)
        return value, tape.gradient(value, inputs)

    (value, gradients), times = timed(bench, both, *inputs)
    bench.report(name, times, [value.numpy(), absolute(gradients)])


def scalar_chain(bench, name):
    def run():
        x0 = tf.constant(0.5)
        begin = time.perf_counter()
        with tf.GradientTape() as tape:
            tape.watch(x0)
            x = x0
            for _ in range(333):
                x = tf.sin(x) * 1.0001 + 0.0001
            x = tf.sin(x)
        middle = time.perf_counter()
        gradient = tape.gradient(x, x0).numpy()
        end = time.perf_counter()
        return middle - begin, end - middle, float(x), float(gradient)

    w.chain_report(bench, name, run, 1000, note="eager")


def seed_control_flow(bench, name):
    a = tf.constant(0.37)

    def step():
        with tf.GradientTape() as tape:
            tape.watch(a)
            b = 2 * a
            while tf.abs(b) < 1000:
                b = 2 * b
            c = b if b > 0 else 100 * b
        return float(tape.gradient(c, a))

    bench.report(name, bench.sample(step), [step()], note="eager")


def small_vec(bench, name):
    inputs = constants(w.uniform(s, -1, 1, (64,)) for s in (3001, 3002, 3003))
    value_and_gradients(bench, name, lambda a, x, b: tf.reduce_sum(tf.tanh(a * x + b)), inputs)


def elementwise_big(bench, name):
    f = lambda x, y: tf.reduce_sum(tf.tanh(x * y + 0.5) * tf.exp(-x))
    inputs = constants(w.uniform(s, -1, 1, (1 << 22,)) for s in (4001, 4002))
    if name.endswith("grad"):
        return value_and_gradients(bench, name, f, inputs)
    value, times = timed(bench, f, *inputs)
    bench.report(name, times, [value.numpy()])


def cross_entropy(labels, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


def softmax_xent(bench, name):
    labels = tf.constant(w.labels(5002, 1000, (4096,)))
    inputs = constants([w.uniform(5001, -4, 4, (4096, 1000))])
    value_and_gradients(bench, name, lambda x: cross_entropy(labels, x), inputs)


def layer_norm(x, gamma, beta):
    mean, variance = tf.nn.moments(x, -1, keepdims=True)
    return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-5)


def layernorm(bench, name):
    inputs = constants([
        w.uniform(6001, -1, 1, (8192, 768)), w.uniform(6002, 0.5, 1.5, (768,)), w.uniform(6003, -0.5, 0.5, (768,))])
    value_and_gradients(bench, name, lambda x, g, b: tf.reduce_sum(tf.square(layer_norm(x, g, b))), inputs)


def matmul(bench, name):
    seed, shape = (7001, (1024, 1024)) if "1024" in name else (7004, (64, 128, 128))
    a, b, g = constants(w.uniform(seed + k, -1, 1, shape) for k in range(3))
    if name.endswith("grad"):
        return value_and_gradients(bench, name, lambda a, b: tf.reduce_sum(tf.matmul(a, b) * g), [a, b])
    value, times = timed(bench, tf.matmul, a, b)
    bench.report(name, times, [float(tf.reduce_sum(tf.cast(value, tf.float64) * tf.cast(g, tf.float64)))])


def train(bench, name, arrays, loss, rate):
    """SGD with a rate, or Adam without one."""
    p = [tf.Variable(a) for a in arrays]
    m, v = ([tf.Variable(tf.zeros_like(a)) for a in arrays] for _ in range(2))
    t = tf.Variable(0.0, dtype=tf.float64)

    @tf.function
    def advance():
        with tf.GradientTape() as tape:
            value = loss(p)
        gradients = [tf.convert_to_tensor(g) for g in tape.gradient(value, p)]
        if rate is not None:
            for a, g in zip(p, gradients):
                a.assign_sub(rate * g)
            return value
        t.assign_add(1)
        c = tf.cast(1 - tf.pow(tf.constant(0.9, tf.float64), t), tf.float32)
        d = tf.cast(1 - tf.pow(tf.constant(0.999, tf.float64), t), tf.float32)
        for a, g, x, y in zip(p, gradients, m, v):
            x.assign(0.9 * x + 0.1 * g)
            y.assign(0.999 * y + 0.001 * g * g)
            a.assign(a - 0.001 * (x / c) / (tf.sqrt(y / d) + 1e-8))
        return value

    w.training(bench, name, lambda: float(advance()))


def perceptron(p, x):
    for k in range(0, len(p), 2):
        x = tf.matmul(tf.nn.relu(x) if k else x, p[k]) + p[k + 1]
    return x


def mlp_train(bench, name):
    count = 1 if ".b1." in name else 64
    x, labels = constants([w.uniform(8001, 0, 1, (64, 784))[:count], w.labels(8002, 10, (64,))[:count]])
    loss = lambda p: cross_entropy(labels, perceptron(p, x))
    train(bench, name, w.dense(8101, 784, 512, 256, 10), loss, None if name.endswith("adam") else 0.1)


def channels_last(filters):
    return filters.transpose(2, 3, 1, 0) if filters.ndim == 4 else filters


def cnn_train(bench, name):
    images = tf.constant(w.uniform(9001, 0, 1, (64, 1, 28, 28)).transpose(0, 2, 3, 1))
    labels = tf.constant(w.labels(9002, 10, (64,)))

    def loss(p):
        h = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(images, p[0], 1, "SAME") + p[1]), 2, 2, "VALID")
        h = tf.nn.max_pool2d(tf.nn.relu(tf.nn.conv2d(h, p[2], 1, "VALID") + p[3]), 2, 2, "VALID")
        h = tf.reshape(tf.transpose(h, (0, 3, 1, 2)), (64, 400))
        return cross_entropy(labels, perceptron(p[4:], h))

    train(bench, name, [channels_last(a) for a in w.cnn_parameters()], loss, 0.05)


def lstm_train(bench, name):
    x, weights = w.lstm_data()
    x = tf.constant(x)

    def loss(wx, wh, b):
        h = c = tf.zeros((32, 128))
        outputs = []
        for t in range(64):
            i, f, g, o = tf.split(tf.matmul(x[t], wx) + tf.matmul(h, wh) + b, 4, 1)
            c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
            h = tf.sigmoid(o) * tf.tanh(c)
            outputs.append(h)
        return tf.reduce_mean(tf.square(tf.stack(outputs)))

    value_and_gradients(bench, name, loss, constants(weights))


def gmm(bench, name):
    alphas, means, icf, x = w.gmm_data()
    x, places = tf.constant(x), w.gmm_triangle().reshape(-1)

    def f(alphas, means, icf):
        q, lower = icf[:, :10], icf[:, 10:]
        padded = tf.pad(lower, ((0, 0), (0, 1)))
        root = tf.reshape(tf.gather(padded, places, axis=1), (25, 10, 10))
        root += tf.exp(q)[..., None] * tf.eye(10, dtype=tf.float64)
        centered = x[None] - means[:, None]
        squares = tf.reduce_sum(tf.square(tf.matmul(centered, root, transpose_b=True)), -1)
        inner = (alphas + tf.reduce_sum(q, 1))[:, None] - 0.5 * squares
        likelihood = tf.reduce_sum(tf.reduce_logsumexp(inner, 0)) - 1000 * tf.reduce_logsumexp(alphas)
        wishart = 0.5 * (tf.reduce_sum(tf.square(tf.exp(q))) + tf.reduce_sum(tf.square(lower)))
        return w.GMM_CONSTANTS[0] + likelihood + wishart - 25 * w.GMM_CONSTANTS[1]

    value_and_gradients(bench, name, f, constants([alphas, means, icf]))


if __name__ == "__main__":
    w.Bench("tensorflow", options).run(globals(), without=[
        "resnet_train", "gpt_train", "lstm_train.scan", "lstm_train.fused", "hessian", "jacobian", "per_sample_grads", "ode",
        "deep_chain", "compile_latency",
    ])
