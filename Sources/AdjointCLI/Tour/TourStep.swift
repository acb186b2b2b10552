/// A step of the tour: a title, and what writes its page while it computes what it shows.
struct TourStep: Sendable {
    let title: Phrase
    let write: @Sendable (inout Page) -> Void

    init(_ title: Phrase, write: @escaping @Sendable (inout Page) -> Void) {
        self.title = title
        self.write = write
    }

    /// All steps, in the order of the study note.
    static let all: [TourStep] = [
        .gradient, .chainRule, .computationalGraph, .twoModes, .memory, .backward, .accumulation, .vectors, .detach,
        .controlFlow, .bothWays,
    ]
}

/// The number in subscript digits, as in x₁.
func indexDigits(_ number: Int) -> String {
    String(number).map { digit in
        String(Unicode.Scalar(0x2080 + UInt32(digit.wholeNumberValue ?? 0))!)
    }.joined()
}

/// The elements of a vector, or the scalar, with at most six digits after the point.
func numbers(_ values: [Double]) -> String {
    "[" + values.map { $0.rounded(to: 6) }.joined(separator: ", ") + "]"
}
