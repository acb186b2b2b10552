import Adjoint
import AdjointDiagrams

/// The graph of a formula with the forward value and the adjoint of every node.
struct GraphPicture {
    let drawing: GraphDrawing

    /// Evaluates the formula on the tape and accumulates in reverse to every node.
    init(_ expression: Expression, _ formula: String, _ point: Point) {
        let leaves = point.values.map { Tensor($0, dtype: .float64).requiringGrad() }
        let evaluation = Evaluation(expression, point.assign(leaves))
        guard evaluation.result.requiresGrad else {
            let details: [GraphDrawing.Annotation] = [.plain("value \(evaluation.result.item().shortest)")]
            drawing = GraphDrawing(nodes: [.init(id: 0, title: "constant", details: details, kind: .output)])
            return
        }
        var picture = TapePicture(TapeWalk(from: evaluation.result))
        for (name, leaf) in zip(point.names, leaves) { picture.name(leaf, name) }
        // Each operation shows the part of the formula that it computes, unless that is long.
        let characters = Array(formula)
        for (tensor, range) in evaluation.intermediates where range.count <= 30 {
            picture.annotate(tensor, .plain(String(characters[range])))
        }
        // The formula may be a variable alone.
        let reached = (leaves + evaluation.intermediates.map(\.tensor)).filter { picture.walk.place(of: $0) != nil }
        let adjoints = gradients(of: [evaluation.result], withRespectTo: reached)
        for (tensor, adjoint) in zip(reached, adjoints) {
            picture.annotate(tensor, .plain("value \(tensor.item().shortest)"))
            picture.annotate(tensor, .adjoint("adjoint \(adjoint.item().shortest)"))
        }
        drawing = picture.drawing()
    }
}

/// A file for a drawing, in the format that its ending names.
struct GraphFile {
    private enum Format: String {
        case svg, dot, mmd
    }

    private let path: String
    private let format: Format

    init(path: String) throws {
        let name = path.split(separator: "/").last ?? ""
        let ending = name.split(separator: ".").dropFirst().last.map { $0.lowercased() } ?? ""
        guard let format = Format(rawValue: ending) else {
            throw Console.usageError("--graph needs a file that ends in .svg, .dot or .mmd, not '\(path)'")
        }
        self.path = path
        self.format = format
    }

    /// Writes the whole file or nothing.
    func write(_ drawing: GraphDrawing) throws {
        let text: String
        switch format {
        case .dot: text = drawing.dot()
        case .mmd: text = drawing.mermaid()
        case .svg:
            do throws(DiagramError) {
                text = try drawing.svg()
            } catch {
                throw Console.failure("error: \(error)")
            }
        }
        try OutputFile.write(text, to: path)
    }
}
