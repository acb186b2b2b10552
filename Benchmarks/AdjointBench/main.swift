import Adjoint
let x = Tensor.arange(4.0).requiringGrad()
let y = 2 * dot(x, x)
y.backward()
print(y, x, x.grad!)
x.zeroGrad()
x.sum().backward()
print(x.grad!)
x.zeroGrad()
let yy = x * x
let u = yy.detach()
(u * x).sum().backward()
print(x.grad!, x.grad! .== u)
x.zeroGrad()
yy.sum().backward()
print(x.grad! .== 2 * x)
func f(_ a: Tensor) -> Tensor {
  var b = a * 2
  while b.norm() < 1000 { b = b * 2 }
  return b.sum() > 0 ? b : 100 * b
}
let a = Tensor.randn().requiringGrad()
let d = f(a)
d.backward()
print(a, a.grad!, a.grad! .== d / a, d)
do { _ = try checked { Tensor.ones(2, 3).matmul(Tensor.ones(4, 5)) } } catch { print(error) }
func chain(_ n: Int) {
  let c = ContinuousClock()
  var best = (fwd: Duration.seconds(100), bwd: Duration.seconds(100))
  for _ in 0..<200 {
    let x0 = Tensor(0.5).requiringGrad()
    var x = x0
    let t0 = c.now
    for _ in 0..<333 { x = x.sin() * 1.0001 + 0.0001 }
    x = x.sin()
    let t1 = c.now
    x.backward()
    let t2 = c.now
    best.fwd = min(best.fwd, t1 - t0); best.bwd = min(best.bwd, t2 - t1)
    if x0.grad!.item() > 1 { print("?") }
  }
  print("ns/op fwd", best.fwd / 1000, "bwd", best.bwd / 1000)
}
chain(1000)
