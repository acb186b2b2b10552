/// A code cell of the study note, in Swift.
enum NoteCell: CaseIterable {
    case backward, accumulation, detach, sum, controlFlow, negative

    /// The text of the cell.
    var source: String {
        switch self {
        case .backward:
            """
            let x = Tensor.arange(4.0).requiringGrad()
            var y = 2 * dot(x, x)
            y.backward()
            print(x.grad!)
            """
        case .accumulation:
            """
            x.zeroGrad()
            y = x.sum()
            y.backward()
            print(x.grad!)
            """
        case .detach:
            """
            x.zeroGrad()
            y = x * x
            let u = y.detach()
            let z = u * x
            z.sum().backward()
            print(x.grad!)
            print(x.grad! .== u)
            """
        case .sum:
            """
            x.zeroGrad()
            y.sum().backward()
            print(x.grad! .== 2 * x)
            """
        case .controlFlow:
            """
            func f(_ a: Tensor) -> Tensor {
                var b = a * 2
                while b.norm() < 1000 {
                    b = b * 2
                }
                if b.sum() > 0 {
                    return b
                } else {
                    return 100 * b
                }
            }
            let a = Tensor.randn(generator: Generator(seed: 1)).requiringGrad()
            let d = f(a)
            d.backward()
            print(a)
            print(a.grad!)
            print(a.grad! .== d / a)
            """
        case .negative:
            """
            let a2 = Tensor.randn(generator: Generator(seed: 4)).requiringGrad()
            let d2 = f(a2)
            d2.backward()
            print(a2)
            print(a2.grad!)
            print(a2.grad! .== d2 / a2)
            """
        }
    }
}
