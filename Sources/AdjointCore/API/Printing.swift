import AdjointRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Tensor: CustomStringConvertible {
    /// The elements as PyTorch prints them: four digits after the point, columns aligned, long tensors summarised.
    public var description: String { formatted(TensorFormat()) }

    /// The elements in a chosen format.
    public func formatted(_ format: TensorFormat) -> String {
        if let failure { return "tensor(failed: \(failure.operation): \(failure.problem))" }
        guard let stored = traced == nil ? value : traced?.concrete?.value, stored.isStored else {
            return "tensor(\(type), traced)"
        }
        var text = "tensor(" + TensorText(stored, format, prefix: "tensor(".count).body
        let lastLine = text.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0
        var length = lastLine + 2
        for suffix in suffixes {
            let breaks = length + suffix.count + 2 > format.lineWidth
            text += breaks ? ",\n       " + suffix : ", " + suffix
            length = breaks ? 7 + suffix.count : length + suffix.count + 2
        }
        return text + ")"
    }

    private var suffixes: [String] {
        var list: [String] = []
        if count == 0, rank != 1 {
            list.append("size=(" + shape.extents.map(String.init).joined(separator: ", ") + ")")
        }
        let isUsual = dtype == .int64 || dtype == .bool || dtype == .complex64
        if dtype != .float32, count == 0 || !isUsual { list.append("dtype=\(dtype)") }
        if let node { list.append(node.isLeaf ? "requires_grad=True" : "grad_fn=<\(operationName)>") }
        return list
    }
}

/// How a tensor is printed.
public struct TensorFormat: Sendable {
    /// Digits after the decimal point.
    public var precision = 4
    /// Tensors with more elements than this are summarised.
    public var threshold = 1000
    /// Elements shown at each end of a summarised axis.
    public var edgeItems = 3
    /// Characters a line.
    public var lineWidth = 80

    /// The default.
    public init() {}
}

/// The elements of one tensor as text. The rules for widths and the choice of scientific notation are PyTorch's
/// (torch/_tensor_str.py), so that output can be compared with what its users know.
private struct TensorText {
    let format: TensorFormat
    let shape: Shape
    let strides: [Int]
    let indent: Int
    private let cells: [Int: String]
    private let width: Int
    private let summarised: Bool
    private let isComplex: Bool

    init(_ value: TensorValue, _ format: TensorFormat, prefix: Int) {
        self.format = format
        shape = value.shape
        isComplex = value.dtype.isComplex
        indent = prefix
        let contiguous = Strides(contiguous: shape)
        strides = (0..<shape.rank).map { contiguous[$0] }
        summarised = shape.count > format.threshold
        let places = Self.shownPlaces(shape, strides, summarised ? format.edgeItems : nil)
        let (texts, width) = Self.texts(value, places, format)
        self.width = width
        cells = Dictionary(uniqueKeysWithValues: zip(places, texts))
    }

    /// The row-major places of the elements that are shown.
    private static func shownPlaces(_ shape: Shape, _ strides: [Int], _ edge: Int?) -> [Int] {
        guard shape.count > 0 else { return [] }
        var places = [0]
        for axis in 0..<shape.rank {
            places = places.flatMap { start in shown(shape[axis], edge).map { start + $0 * strides[axis] } }
        }
        return places
    }

    private static func shown(_ extent: Int, _ edge: Int?) -> [Int] {
        guard let edge, extent > 2 * edge else { return Array(0..<extent) }
        return Array(0..<edge) + Array((extent - edge)..<extent)
    }

    private static func texts(
        _ value: TensorValue, _ places: [Int], _ format: TensorFormat
    ) -> (texts: [String], width: Int) {
        guard let stored = try? value.contiguous() else { return ([], 1) }
        return withExtendedLifetime(stored) {
            switch value.dtype {
            case .bool:
                aligned(places.map { stored.elements.load(fromByteOffset: $0, as: Bool.self) ? "True" : "False" })
            case .uint8: aligned(places.map { "\(stored.elements.load(fromByteOffset: $0, as: UInt8.self))" })
            case .int32: aligned(places.map { "\(stored.elements.load(fromByteOffset: 4 * $0, as: Int32.self))" })
            case .int64: aligned(places.map { "\(stored.elements.load(fromByteOffset: 8 * $0, as: Int64.self))" })
            case .float16, .bfloat16, .float32, .float64:
                FloatFormat.texts(numbers(stored, places, part: 0), format.precision)
            case .complex64, .complex128:
                complexTexts(numbers(stored, places, part: 0), numbers(stored, places, part: 1), format.precision)
            }
        }
    }

    /// The elements at some places, or the real (0) or imaginary (1) parts of complex ones.
    private static func numbers(_ value: TensorValue, _ places: [Int], part: Int) -> [Double] {
        guard let exact = try? Kernels.cast(value, to: value.dtype.isComplex ? .complex128 : .float64) else {
            return []
        }
        let width = value.dtype.isComplex ? 2 : 1
        return withExtendedLifetime(exact) {
            places.map { exact.elements.load(fromByteOffset: 8 * (width * $0 + part), as: Double.self) }
        }
    }

    /// Complex numbers, the parts each in a format of their own; only the real parts are aligned.
    private static func complexTexts(
        _ real: [Double], _ imaginary: [Double], _ precision: Int
    ) -> (texts: [String], width: Int) {
        let (left, leftWidth) = FloatFormat.texts(real, precision)
        let (right, rightWidth) = FloatFormat.texts(imaginary, precision)
        let texts = zip(left, right).map { real, imaginary in
            padded(real, leftWidth) + (imaginary.hasPrefix("-") ? "" : "+") + imaginary + "j"
        }
        return (texts, leftWidth + rightWidth + 1)
    }

    private static func aligned(_ texts: [String]) -> (texts: [String], width: Int) {
        (texts, texts.map(\.count).max() ?? 1)
    }

    var body: String {
        if shape.count == 0 { return "[]" }
        return shape.rank == 0 ? padded(cells[0]!) : row(axis: 0, start: 0, indent: indent)
    }

    private func row(axis: Int, start: Int, indent: Int) -> String {
        let extent = shape[axis]
        let edge = summarised ? format.edgeItems : nil
        let shown = Self.shown(extent, edge)
        let isCut = shown.count < extent
        if axis == shape.rank - 1 {
            var items = shown.map { padded(cells[start + $0 * strides[axis]] ?? "") }
            if isCut { items.insert(" ...", at: format.edgeItems) }
            let perLine = max(1, (format.lineWidth - indent) / (width + 2))
            let lines = stride(from: 0, to: max(items.count, 1), by: perLine).map {
                items[$0..<min($0 + perLine, items.count)].joined(separator: ", ")
            }
            return "[" + lines.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
        }
        var parts = shown.map { row(axis: axis + 1, start: start + $0 * strides[axis], indent: indent + 1) }
        if isCut { parts.insert("...", at: format.edgeItems) }
        let gap = String(repeating: "\n", count: shape.rank - 1 - axis) + String(repeating: " ", count: indent + 1)
        return "[" + parts.joined(separator: "," + gap) + "]"
    }

    private func padded(_ text: String) -> String { isComplex ? text : Self.padded(text, width) }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}

/// Floating-point numbers of one tensor in one format. The width is that of the finite numbers other than 0.
enum FloatFormat {
    static func texts(_ numbers: [Double], _ precision: Int) -> (texts: [String], width: Int) {
        let shown = numbers.filter { $0.isFinite && $0 != 0 }
        let sizes = shown.map(abs)
        let (largest, smallest) = (sizes.max() ?? 1, sizes.min() ?? 1)
        let isWhole = shown.allSatisfy { $0.rounded(.up) == $0 }
        let isWide = largest / smallest > 1000 || largest > 1e8
        let style: Style = isWide || (!isWhole && smallest < 1e-4) ? .scientific : isWhole ? .whole : .fixed
        return (
            numbers.map { text($0, style, precision) }, shown.map { text($0, style, precision).count }.max() ?? 1
        )
    }

    private enum Style { case whole, fixed, scientific }

    private static func text(_ number: Double, _ style: Style, _ precision: Int) -> String {
        guard number.isFinite else { return number.isNaN ? "nan" : number < 0 ? "-inf" : "inf" }
        switch style {
        case .whole: return printed(number, 0, "f") + "."
        case .fixed: return printed(number, precision, "f")
        case .scientific: return printed(number, precision, "e")
        }
    }

    /// A number with so many digits after the point.
    static func printed(_ number: Double, _ precision: Int, _ conversion: Character) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            withVaList([Int32(precision), number]) { arguments in
                _ = vsnprintf(buffer.baseAddress!, buffer.count, "%.*\(conversion)", arguments)
            }
            return String(cString: buffer.baseAddress!)
        }
    }
}
