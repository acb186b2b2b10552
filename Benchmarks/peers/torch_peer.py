"""The workloads in PyTorch: eager, and torch.compile."""

import time
import workloads as w

options = w.arguments(["eager", "compile"])
start_import = time.perf_counter()
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

IMPORT_SECONDS = time.perf_counter() - start_import
torch.set_num_threads(options.threads)
COMPILED = options.mode == "compile"
tensor = torch.from_numpy


def maybe_compiled(f, **how):
    return torch.compile(f, **how) if COMPILED else f


def absolute(tensors):
    return sum(t.double().abs().sum().item() for t in tensors)


def leaves(arrays):
    return [tensor(a.copy()).requires_grad_() for a in arrays]


def value_and_gradients(bench, name, f, inputs):
    """Times f and its gradients at `inputs`; f is a scalar function of tensors."""
    f = maybe_compiled(f)

    def step():
        value = f(*inputs)
        return value, torch.autograd.grad(value, inputs)

    value, gradients = step()
    bench.report(name, bench.sample(step), [value.item(), absolute(gradients)])


def scalar_chain(bench, name):
    def chain(x):
        for _ in range(333):
            x = torch.sin(x) * 1.0001 + 0.0001
        return torch.sin(x)

    chain = maybe_compiled(chain)

    def run():
        x0 = torch.tensor(0.5, requires_grad=True)
        begin = time.perf_counter()
        y = chain(x0)
        middle = time.perf_counter()
        y.backward()
        end = time.perf_counter()
        return middle - begin, end - middle, y.item(), x0.grad.item()

    w.chain_report(bench, name, run, 1000)


def seed_control_flow(bench, name):
    def f(a):
        b = 2 * a
        while b.norm() < 1000:
            b = 2 * b
        return b if b.sum() > 0 else 100 * b

    a = torch.tensor(0.37, requires_grad=True)
    step = lambda: torch.autograd.grad(f(a), a)[0]
    bench.report(name, bench.sample(step), [step().item()])


def small_vec(bench, name):
    inputs = leaves([w.uniform(s, -1, 1, (64,)) for s in (3001, 3002, 3003)])
    value_and_gradients(bench, name, lambda a, x, b: torch.tanh(a * x + b).sum(), inputs)


def elementwise_big(bench, name):
    f = lambda x, y: (torch.tanh(x * y + 0.5) * torch.exp(-x)).sum()
    inputs = leaves([w.uniform(s, -1, 1, (1 << 22,)) for s in (4001, 4002)])
    if name.endswith("grad"):
        return value_and_gradients(bench, name, f, inputs)
    f = maybe_compiled(f)

    def step():
        with torch.no_grad():
            return f(*inputs)

    bench.report(name, bench.sample(step), [step().item()])


def softmax_xent(bench, name):
    labels = tensor(w.labels(5002, 1000, (4096,)))
    inputs = leaves([w.uniform(5001, -4, 4, (4096, 1000))])
    value_and_gradients(bench, name, lambda x: F.cross_entropy(x, labels), inputs)


def layernorm(bench, name):
    inputs = leaves([
        w.uniform(6001, -1, 1, (8192, 768)), w.uniform(6002, 0.5, 1.5, (768,)), w.uniform(6003, -0.5, 0.5, (768,))])
    value_and_gradients(bench, name, lambda x, g, b: F.layer_norm(x, (768,), g, b).square().sum(), inputs)


def matmul(bench, name):
    seed, shape = (7001, (1024, 1024)) if "1024" in name else (7004, (64, 128, 128))
    a, b, g = (tensor(w.uniform(seed + k, -1, 1, shape)) for k in range(3))
    if name.endswith("grad"):
        inputs = [a.requires_grad_(), b.requires_grad_()]
        return value_and_gradients(bench, name, lambda a, b: (torch.matmul(a, b) * g).sum(), inputs)
    product = maybe_compiled(torch.matmul)

    def step():
        with torch.no_grad():
            return product(a, b)

    bench.report(name, bench.sample(step), [(step().double() * g.double()).sum().item()])


def training_step(optimizer, parameters, loss):
    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss(*parameters)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def optimized(bench, name, parameters, loss, make, steps=None):
    optimizer = make(parameters)
    loss = maybe_compiled(loss)

    w.training(bench, name, training_step(optimizer, parameters, loss))


def sgd(rate):
    return lambda parameters: torch.optim.SGD(parameters, lr=rate, fused=True)


def mlp(samples):
    x = tensor(w.uniform(8001, 0, 1, (64, 784))[:samples].copy())
    labels = tensor(w.labels(8002, 10, (64,))[:samples].copy())

    def loss(w1, b1, w2, b2, w3, b3):
        h = torch.relu(torch.addmm(b1, x, w1))
        h = torch.relu(torch.addmm(b2, h, w2))
        return F.cross_entropy(torch.addmm(b3, h, w3), labels)

    return leaves(w.dense(8101, 784, 512, 256, 10)), loss


def mlp_train(bench, name):
    parameters, loss = mlp(1 if ".b1." in name else 64)
    adam = lambda p: torch.optim.Adam(p, lr=0.001, fused=True)
    optimized(bench, name, parameters, loss, adam if name.endswith("adam") else sgd(0.1))


def cnn_train(bench, name):
    images, labels = tensor(w.uniform(9001, 0, 1, (64, 1, 28, 28))), tensor(w.labels(9002, 10, (64,)))

    def loss(c1, d1, c2, d2, w1, b1, w2, b2, w3, b3):
        h = F.max_pool2d(torch.relu(F.conv2d(images, c1, d1, padding=2)), 2)
        h = F.max_pool2d(torch.relu(F.conv2d(h, c2, d2)), 2).reshape(64, 400)
        h = torch.relu(torch.addmm(b1, h, w1))
        h = torch.relu(torch.addmm(b2, h, w2))
        return F.cross_entropy(torch.addmm(b3, h, w3), labels)

    optimized(bench, name, leaves(w.cnn_parameters()), loss, sgd(0.05))


def resnet_train(bench, name):
    images, labels = tensor(w.uniform(10001, -1, 1, (32, 3, 32, 32))), tensor(w.labels(10002, 10, (32,)))
    running = [(torch.zeros(s[0]), torch.ones(s[0])) for s in w.RESNET_SHAPES]

    def loss(*p):
        def layer(index, x, stride=1):
            filters, gamma, beta = p[3 * index : 3 * index + 3]
            y = F.conv2d(x, filters, stride=stride, padding=filters.shape[2] // 2)
            mean, variance = running[index]
            return F.batch_norm(y, mean, variance, gamma, beta, training=True, momentum=0.1, eps=1e-5)

        def block(first, x, stride=1, shortcut=None):
            y = layer(first + 1, torch.relu(layer(first, x, stride)))
            return torch.relu(y + (x if shortcut is None else layer(shortcut, x, stride)))

        x = torch.relu(layer(0, images))
        x = block(6, block(3, block(1, x), 2, 5), 2, 8)
        return F.cross_entropy(torch.addmm(p[28], x.mean((2, 3)), p[27]), labels)

    optimized(bench, name, leaves(w.resnet_parameters()), loss, sgd(0.05))


def gpt_train(bench, name):
    inputs, targets = (tensor(t) for t in w.gpt_text())

    def loss(*p):
        h = F.embedding(inputs, p[0]) + p[1]
        for layer in range(4):
            q = p[2 + 12 * layer : 14 + 12 * layer]
            x = F.layer_norm(h, (128,), q[0], q[1])
            parts = (x @ q[2] + q[3]).view(8, 128, 3, 4, 32).permute(2, 0, 3, 1, 4)
            y = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], is_causal=True)
            h = h + (y.transpose(1, 2).reshape(8, 128, 128) @ q[4] + q[5])
            x = F.layer_norm(h, (128,), q[6], q[7])
            h = h + (F.gelu(x @ q[8] + q[9], approximate="tanh") @ q[10] + q[11])
        logits = F.layer_norm(h, (128,), p[-3], p[-2]) @ p[-1]
        return F.cross_entropy(logits.view(1024, 256), targets.view(1024))

    adamw = lambda p: torch.optim.AdamW(p, lr=0.001, weight_decay=0.01, fused=True)
    optimized(bench, name, leaves(w.gpt_parameters()), loss, adamw)


def lstm_train(bench, name):
    x, weights = w.lstm_data()
    x, parameters = tensor(x), leaves(weights)

    def unrolled(wx, wh, b):
        h = c = torch.zeros(32, 128)
        outputs = []
        for t in range(64):
            i, f, g, o = (x[t] @ wx + h @ wh + b).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            outputs.append(h)
        return torch.stack(outputs).square().mean()

    def fused(wx, wh, b):
        zeros = torch.zeros(1, 32, 128)
        no_bias = torch.zeros(512)
        return torch.lstm(
            x, (zeros, zeros), [wx.t().contiguous(), wh.t().contiguous(), b, no_bias], True, 1, 0.0, True, False, False
        )[0].square().mean()

    value_and_gradients(bench, name, unrolled if name.endswith("unrolled") else fused, parameters)


def rosenbrock(x):
    head, tail = x[:-1], x[1:]
    return (100 * (tail - head.square()).square() + (1 - head).square()).sum()


def hessian(bench, name):
    from torch.func import grad, hessian, jvp

    if name.endswith("dense100"):
        x = tensor(w.uniform(13001, -1, 1, (100,), "float64"))
        f = maybe_compiled(hessian(rosenbrock))
        step = lambda: f(x)
    else:
        x, v = (tensor(w.uniform(s, -1, 1, (10000,), "float64")) for s in (13003, 13004))
        f = maybe_compiled(lambda x, v: jvp(grad(rosenbrock), (x,), (v,))[1])
        step = lambda: f(x, v)
    bench.report(name, bench.sample(step), [step().abs().sum().item()])


def jacobian(bench, name):
    from torch.func import jacfwd, jacrev

    x = tensor(w.uniform(14001, -1, 1, (64,), "float64"))
    p = [tensor(a) for a in w.dense(14101, 64, 64, 64, 64, dtype="float64")]

    def f(x):
        for k in range(3):
            x = torch.tanh(x @ p[2 * k] + p[2 * k + 1])
        return x

    g = maybe_compiled((jacfwd if name.endswith("fwd") else jacrev)(f))
    step = lambda: g(x)
    bench.report(name, bench.sample(step), [step().abs().sum().item()])


def per_sample_grads(bench, name):
    from torch.func import grad, vmap

    x, labels = tensor(w.uniform(15001, 0, 1, (64, 784))), tensor(w.labels(15002, 10, (64,)))
    parameters = tuple(tensor(a) for a in w.dense(15101, 784, 128, 10))

    def loss(p, x, label):
        return F.cross_entropy(torch.relu(x @ p[0] + p[1]) @ p[2] + p[3], label)

    f = maybe_compiled(vmap(grad(loss), in_dims=(None, 0, 0)))
    step = lambda: f(parameters, x, labels)
    bench.report(name, bench.sample(step), [sum(g.double().square().sum().item() for g in step())])


def deep_chain(bench, name):
    import resource

    nodes = 1000000
    peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    def run():
        x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
        begin = time.perf_counter()
        y = x
        for _ in range(nodes // 2):
            y = y * 1.0000001 + 1e-9
        middle = time.perf_counter()
        value = y.item()
        again = time.perf_counter()
        y.backward()
        del y
        end = time.perf_counter()
        return middle - begin, end - again, value, x.grad.item()

    before = peak()
    first = run()
    bytes_per_node = (peak() - before) / nodes
    for part, seconds in (("fwd", first[0]), ("bwd", first[1]), ("total", first[0] + first[1])):
        if options.workload in ("all", name, f"{name}.{part}"):
            bench.report(f"{name}.{part}", [seconds], [first[2], first[3]], bytes_per_node=bytes_per_node)


def ode(bench, name):
    def slope(s, p):
        x, y, z = s
        return torch.stack((p[0] * (y - x), x * (p[1] - z) - y, x * y - p[2] * z))

    def rk4(s, p):
        h = 0.005
        k1 = slope(s, p)
        k2 = slope(s + h / 2 * k1, p)
        k3 = slope(s + h / 2 * k2, p)
        k4 = slope(s + h * k3, p)
        return s + h / 6 * (k1 + 2 * (k2 + k3) + k4)

    rk4 = maybe_compiled(rk4)
    s0 = torch.ones(3, dtype=torch.float64, requires_grad=True)
    p = torch.tensor([10, 28, 8 / 3], dtype=torch.float64, requires_grad=True)

    def step():
        s = s0
        for _ in range(1000):
            s = rk4(s, p)
        value = s.square().sum()
        return value, torch.autograd.grad(value, (s0, p))

    value, gradients = step()
    bench.report(name, bench.sample(step), [value.item(), absolute(gradients)])


def compile_latency(bench, name):
    begin = time.perf_counter()
    parameters, loss = mlp(64)
    optimizer = sgd(0.1)(parameters)
    loss = maybe_compiled(loss)

    step = training_step(optimizer, parameters, loss)
    begin = time.perf_counter()
    value = step()
    first = time.perf_counter() - begin
    step()
    second = time.perf_counter() - begin - first
    bench.report(name, [first], [value], import_s=IMPORT_SECONDS, second_step_s=second)


def gmm(bench, name):
    alphas, means, icf, x = w.gmm_data()
    x, places = tensor(x), tensor(w.gmm_triangle()).flatten()
    inputs = leaves([alphas, means, icf])
    eye = torch.eye(10, dtype=torch.float64)

    def f(alphas, means, icf):
        q, lower = icf[:, :10], icf[:, 10:]
        padded = F.pad(lower, (0, 1))
        root = padded[:, places].view(25, 10, 10) + q.exp().unsqueeze(-1) * eye
        centered = x.unsqueeze(0) - means.unsqueeze(1)
        squares = (centered @ root.mT).square().sum(-1)
        inner = (alphas + q.sum(1)).unsqueeze(1) - 0.5 * squares
        likelihood = inner.logsumexp(0).sum() - 1000 * alphas.logsumexp(0)
        wishart = 0.5 * (q.exp().square().sum() + lower.square().sum())
        return w.GMM_CONSTANTS[0] + likelihood + wishart - 25 * w.GMM_CONSTANTS[1]

    value_and_gradients(bench, name, f, inputs)


if __name__ == "__main__":
    w.Bench("torch", options).run(globals(), without=["lstm_train.scan"])
