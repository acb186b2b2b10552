import Adjoint
import AdjointCore
import AdjointDiagrams

/// A drawing of a recorded computation: boxes for its nodes, which can be named and annotated.
struct TapePicture {
    let walk: TapeWalk
    private var titles: [String]
    private var details: [[GraphDrawing.Annotation]]
    private var constants: [Int: [Int: GraphDrawing.Node]] = [:]
    private var labels: [Int: [Int: GraphDrawing.Annotation]] = [:]

    init(_ walk: TapeWalk) {
        self.walk = walk
        titles = walk.nodes.map(\.operation.label)
        details = walk.nodes.map { _ in [] }
    }

    /// Titles the box of a tensor; the operation's name becomes its first detail.
    mutating func name(_ tensor: Tensor, _ name: String, operation: String? = nil) {
        guard let place = walk.place(of: tensor) else { return }
        titles[place] = operation.map { "\(name) = \($0)" } ?? name
    }

    /// Adds a line to the box of a tensor.
    mutating func annotate(_ tensor: Tensor, _ detail: GraphDrawing.Annotation) {
        guard let place = walk.place(of: tensor) else { return }
        details[place].append(detail)
    }

    /// Describes the constant that is an input of a tensor.
    mutating func describeConstant(_ index: Int, of tensor: Tensor, _ title: String, _ detail: String) {
        guard let place = walk.place(of: tensor) else { return }
        constants[place, default: [:]][index] = .init(id: 0, title: title, details: [.plain(detail)], kind: .constant)
    }

    /// Labels the arrow from an input to a tensor.
    mutating func label(_ index: Int, of tensor: Tensor, _ text: GraphDrawing.Annotation) {
        guard let place = walk.place(of: tensor) else { return }
        labels[place, default: [:]][index] = text
    }

    /// The drawing; constants become boxes of their own.
    func drawing(caption: String? = nil) -> GraphDrawing {
        var drawing = GraphDrawing(caption: caption)
        var nextConstant = walk.nodes.count
        for (place, node) in walk.nodes.enumerated() {
            for (index, source) in walk.sources[place].enumerated() {
                let label = labels[place]?[index]
                switch source {
                case .node(let input):
                    drawing.edges.append(.init(from: input, to: place, label: label))
                case .constant(let value):
                    var box =
                        constants[place]?[index]
                        ?? .init(id: 0, title: value.map(Self.text) ?? "constant", kind: .constant)
                    box.id = nextConstant
                    drawing.nodes.append(box)
                    drawing.edges.append(.init(from: nextConstant, to: place, label: label))
                    nextConstant += 1
                }
            }
            let kind: GraphDrawing.Kind =
                place == walk.nodes.count - 1 ? .output : node.isLeaf ? .input : .operation
            drawing.nodes.append(.init(id: place, title: titles[place], details: details[place], kind: kind))
        }
        return drawing
    }

    private static func text(_ value: Tensor) -> String {
        value.rank == 0 ? value.item().shortest : "constant \(value.shape)"
    }
}
