import Adjoint

/// The code cells of the study note, run in their order, with what they printed.
///
/// `NoteCell.source` holds the text between `// cell` and `// end` once more, for the reader; a test compares the two.
struct NoteCells {
    /// The one run of all cells.
    static let run = NoteCells()

    /// What each cell printed.
    private(set) var output: [NoteCell: [String]] = [:]
    /// What f gave in the cells with control flow, once more: its history is the graph of the branch that was taken.
    private(set) var results: [NoteCell: Tensor] = [:]

    /// The samples of the cells with control flow.
    private(set) var inputs: [NoteCell: Tensor] = [:]

    private init() {
        runVectors()
        runControlFlow()
    }

    private mutating func runVectors() {
        var printed: [String] = []
        func print(_ tensor: Tensor) { printed.append("\(tensor)") }

        // cell backward
        let x = Tensor.arange(4.0).requiringGrad()
        var y = 2 * dot(x, x)
        y.backward()
        print(x.grad!)
        // end
        finish(.backward, &printed)

        // cell accumulation
        x.zeroGrad()
        y = x.sum()
        y.backward()
        print(x.grad!)
        // end
        finish(.accumulation, &printed)

        // cell detach
        x.zeroGrad()
        y = x * x
        let u = y.detach()
        let z = u * x
        z.sum().backward()
        print(x.grad!)
        print(x.grad! .== u)
        // end
        finish(.detach, &printed)

        // cell sum
        x.zeroGrad()
        y.sum().backward()
        print(x.grad! .== 2 * x)
        // end
        finish(.sum, &printed)
    }

    private mutating func runControlFlow() {
        var printed: [String] = []
        func print(_ tensor: Tensor) { printed.append("\(tensor)") }

        // cell controlFlow
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
        // end
        (inputs[.controlFlow], results[.controlFlow]) = (a, f(a))
        finish(.controlFlow, &printed)

        // cell negative
        let a2 = Tensor.randn(generator: Generator(seed: 4)).requiringGrad()
        let d2 = f(a2)
        d2.backward()
        print(a2)
        print(a2.grad!)
        print(a2.grad! .== d2 / a2)
        // end
        (inputs[.negative], results[.negative]) = (a2, f(a2))
        finish(.negative, &printed)
    }

    private mutating func finish(_ name: NoteCell, _ printed: inout [String]) {
        output[name] = printed
        printed = []
    }
}
