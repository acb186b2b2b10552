import Adjoint
func chain(_ n: Int) {
  let c = ContinuousClock()
  var best = (fwd: Duration.seconds(100), bwd: Duration.seconds(100))
  for _ in 0..<n {
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
print(jvp({ x in x * jvp({ y in x * y }, at: Tensor(1.0), along: Tensor(1.0)).tangent }, at: Tensor(3.0), along: Tensor(1.0)))
chain(CommandLine.arguments.count > 1 ? 20 : 2000)
