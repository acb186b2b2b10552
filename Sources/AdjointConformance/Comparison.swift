import AdjointCore
import AdjointRuntime

/// How numbers agree: |got − want| ≤ atol + rtol |want|, NaN equals NaN, infinities have the same sign.
extension Tolerance {
    func accepts(_ got: Double, _ want: Double) -> Bool {
        if got == want || (got.isNaN && want.isNaN) { return true }
        return Swift.abs(got - want) <= absolute + relative * Swift.abs(want) && want.isFinite
    }

    /// What differs; nil if nothing does.
    func difference(_ got: [Double], _ want: [Double]) -> String? {
        guard got.count == want.count else { return "\(got.count) numbers, \(want.count) expected" }
        let wrong = got.indices.filter { !accepts(got[$0], want[$0]) }
        guard let first = wrong.first else { return nil }
        return "element \(first) is \(got[first]), expected \(want[first]) (\(wrong.count) of \(got.count) differ)"
    }

    /// What differs between a gradient or tangent and the recorded one, where null is no gradient: all zeros.
    func difference(_ got: Tensor?, flow want: FlatNumbers?) -> String? {
        let numbers = got?.flatNumbers()
        guard let want else {
            return numbers?.allSatisfy { $0 == 0 } ?? true ? nil : "a gradient flows, and none is expected"
        }
        guard let numbers else {
            let zeros = [Double](repeating: 0, count: want.doubles.count)
            return difference(zeros, want.doubles) == nil ? nil : "no gradient flows, and one is expected"
        }
        return difference(numbers, want.doubles)
    }

    /// What differs between an output and the recorded one.
    func difference(_ got: Output, _ want: RecordedOutput) -> String? {
        switch (got, want) {
        case (.tensor(let tensor), .tensor(let recorded)): return difference(tensor, recorded)
        case (.value(let value), .value(let recorded)): return difference(value, recorded)
        case (.tensor(let tensor), .value): return "a tensor \(tensor.type), and a plain value is expected"
        case (.value(let value), .tensor): return "\(value), and a tensor is expected"
        }
    }

    private func difference(_ got: Tensor, _ want: RecordedTensor) -> String? {
        guard got.shape.extents == want.shape else { return "shape \(got.shape), expected \(want.shape)" }
        guard Kind(got.dtype) == Kind(named: want.typeName) else { return "\(got.dtype), expected \(want.typeName)" }
        if got.dtype.isFloatingPoint || got.dtype.isComplex {
            return difference(got.flatNumbers(), want.numbers.doubles)
        }
        guard let ints = want.numbers.ints else { return "whole numbers are expected to be \(want.typeName)" }
        let found = got.ints
        guard let wrong = found.indices.first(where: { found[$0] != ints[$0] }) else { return nil }
        return "element \(wrong) is \(found[wrong]), expected \(ints[wrong])"
    }

    private func difference(_ got: Argument, _ want: Argument) -> String? {
        let agrees =
            switch (got, want) {
            case (.bool(let got), .bool(let want)): got == want
            case (.string(let got), .string(let want)): got == want
            case (.dtype(let got), .dtype(let want)): got == want
            case (.dtype(let got), .string(let want)): "\(got)" == want
            case (.null, .null): true
            case (.int(let got), .int(let want)): got == want
            case (.int(let got), .double(let want)): accepts(Double(got), want)
            case (.double(let got), .int(let want)): accepts(got, Double(want))
            case (.double(let got), .double(let want)): accepts(got, want)
            case (.complex(let re, let im), .complex(let real, let imaginary)):
                accepts(re, real) && accepts(im, imaginary)
            default: false
            }
        if let got = got.elements, let want = want.elements {
            guard got.count == want.count else { return "\(got.count) values, expected \(want.count)" }
            return zip(got, want).lazy.compactMap { difference($0, $1) }.first
        }
        return agrees ? nil : "\(got), expected \(want)"
    }
}

/// Element types that must agree: the width of whole numbers is free, that of the others is not.
private enum Kind: Equatable {
    case bool
    case whole
    case other(String)

    init(_ dtype: DType) { self.init(named: "\(dtype)") }

    init(named name: String) {
        if name == "bool" {
            self = .bool
        } else if name.hasPrefix("int") || name.hasPrefix("uint") {
            self = .whole
        } else {
            self = .other(name)
        }
    }
}
