import Adjoint
import Testing

/// Whether two results agree up to roundings.
func isClose(_ x: Tensor, _ y: Tensor, relative: Double = 1e-12) -> Bool {
    x.shape == y.shape && x.isAllClose(to: y, relativeTolerance: relative, absoluteTolerance: 1e-14)
}

/// The error that `body` throws or raises.
func failure(_ body: () throws -> Void) -> TensorError? {
    do {
        try checked { try body() }
        return nil
    } catch {
        return error as? TensorError
    }
}

/// Expects a message that names the words, this file and the line.
func expectFailure(
    _ words: String..., line: Int = #line, sourceLocation: Testing.SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    guard let error = failure(body) else {
        Issue.record("nothing failed", sourceLocation: sourceLocation)
        return
    }
    let text = "\(error)"
    for word in words { #expect(text.contains(word), sourceLocation: sourceLocation) }
    #expect(!error.remedy.isEmpty, sourceLocation: sourceLocation)
    guard let place = error.location else {
        Issue.record("no line in: \(text)", sourceLocation: sourceLocation)
        return
    }
    #expect(
        place.file.hasSuffix("Tests.swift") && abs(place.line - line) < 12, "\(text)", sourceLocation: sourceLocation)
}
