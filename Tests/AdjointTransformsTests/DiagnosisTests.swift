import AdjointCore
import AdjointTransforms
import Synchronization
import Testing

@Suite struct WhyNoGradientTests {
    private let x = vector64(0.7, 1.9, -1.3)

    /// The one report of a function of one tensor, with the line of its cut.
    private func report(_ f: (Tensor) -> Tensor) -> GradientReport { whyNoGradient(of: f, at: x)[0] }

    @Test func eachCauseIsNamedWithItsLine() {
        let line = #line
        let cases: [(GradientReport, GradientReport.Answer, GradientCut, Int)] = [
            (report { $0.detach().sum() }, .disconnected, .detached, 1),
            (report { $0.round().exp().sum() }, .zero, .zeroDerivative, 2),
            (report { $0.to(.int32).to(.float64).sum() }, .disconnected, .notReal(.int32), 3),
            (report { ($0 .> 0).to(.float64).sum() }, .disconnected, .notReal(.bool), 4),
            (report { x in noGrad { x * 2 }.sum() }, .disconnected, .notRecorded, 5),
            (report { $0.argmax().to(.float64) }, .disconnected, .notReal(.int64), 6),
            (report { Tensor($0.sum().item(), dtype: .float64) * 2 }, .disconnected, .readByHost, 7),
        ]
        for (report, answer, cut, offset) in cases {
            #expect(report.answer == answer && report.places.map(\.cut) == [cut], "\(report)")
            #expect(report.description.contains("DiagnosisTests.swift:\(line + 1 + offset) "), "\(report)")
        }
    }

    @Test func unusedConnectedZeroAndUndefinedAreTold() {
        let reports = whyNoGradient(
            of: { a, b, c in (a["used"]! * b).sum() + c.sqrt().sum() }, at: ["used": x, "unused": x], x,
            Tensor.zeros(3, dtype: .float64))
        #expect(reports.map(\.answer) == [.disconnected, .present, .present, .undefined])
        #expect(reports.map(\.name) == ["argument 0, unused", "argument 0, used", "argument 1", "argument 2"])
        #expect(reports[0].places.isEmpty && reports[0].description.contains("does not depend"))
        #expect(reports[3].places[0].operation == "sqrt", "\(reports[3])")
        let zero = report { ($0 - 5).relu().sum() }
        #expect(zero.answer == .zero && zero.places.map(\.operation) == ["relu"], "\(zero)")
        // One good path is enough; a cut that leads nowhere is not named.
        #expect(report { $0.round().sum() + $0.sum() }.answer == .present)
        let dead = report { x in
            _ = x.detach() * 2; return x.round().sum()
        }
        #expect(dead.places.count == 1)
    }

    @Test func itSeesTransformsInside() {
        #expect(report { x in gradient(of: { $0.square().sum() }, at: x).sum() }.answer == .present)
        #expect(report { x in jvp({ $0.square() }, at: x, along: x.detach()).tangent.sum() }.answer == .present)
        #expect(report { x in vmap({ $0 * $0 }, over: x).sum() }.answer == .present)
        let second = report { x in gradient(of: { $0.relu().sum() }, at: x).sum() }
        #expect(second.answer != .present, "\(second)")
    }
}

/// What can be told from tensors that are there already.
@Suite struct WhyNoGradientOfTensorsTests {
    private let x = vector64(0.7, 1.9, -1.3).requiringGrad()

    @Test func aPathIsFoundAndItsGradientLookedAt() {
        #expect(whyNoGradient(of: (x * x).sum(), withRespectTo: x).description == "the tensor: there is a gradient")
        let middle = x * x
        #expect(whyNoGradient(of: middle.exp().sum(), withRespectTo: middle).answer == .present)
        let zero = whyNoGradient(of: (x - 5).relu().sum(), withRespectTo: x)
        #expect(zero.answer == .zero && zero.places.map(\.operation) == ["relu"], "\(zero)")
        let undefined = whyNoGradient(of: (x - x).sqrt().sum(), withRespectTo: x)
        #expect(undefined.answer == .undefined && undefined.places.map(\.operation) == ["sqrt"], "\(undefined)")
        // The graph is kept.
        let y = (x * x).sum()
        #expect(whyNoGradient(of: y, withRespectTo: x).answer == .present)
        #expect(y.gradient(withRespectTo: x).doubles == [1.4, 3.8, -2.6])
    }

    @Test func constantsAreNamedWithTheirLines() {
        let other = vector64(1, 2, 3).requiringGrad()
        let line = #line + 1
        let product = other * x.detach()
        let report = whyNoGradient(of: product.exp().sum(), withRespectTo: x)
        #expect(report.answer == .disconnected && report.places.map(\.cut) == [.constantOperand], "\(report)")
        #expect(report.description.contains("no recorded path leads to it; one may have ended at"), "\(report)")
        #expect(report.description.contains("mul at ") && report.description.contains("swift:\(line)"), "\(report)")
    }

    @Test func whatKeepsNoHistorySaysSo() {
        let constant = whyNoGradient(of: x.detach().sum(), withRespectTo: x).description
        #expect(constant.contains("the value: it is a constant") && constant.contains("whyNoGradient(of: f, at: x)"))
        let plain = whyNoGradient(of: x.sum(), withRespectTo: vector64(1, 2)).description
        #expect(plain.contains("did not ask for a gradient"), "\(plain)")
        let y = (x * x).sum()
        y.backward()
        #expect(whyNoGradient(of: y, withRespectTo: x).description.contains("freed"))
    }

    @Test func longGraphsAreWalkedWithoutRecursion() {
        var y = x
        for _ in 0..<100_000 { y = y * 1.0000001 }
        #expect(whyNoGradient(of: y.sum(), withRespectTo: vector64(1, 2, 3).requiringGrad()).answer == .disconnected)
    }
}

@Suite struct NonFiniteTests {
    @Test func birthsAreLocated() throws {
        let x = vector64(4, 0, -1)
        let first = explainNonFinite(of: { ($0 * 2).log().sum() * 3 }, at: x)
        let forward = try #require(first)
        #expect(forward.phase == .forward && forward.operation == "log" && forward.index == [1])
        #expect(forward.operands.map(\.element) == [0] && forward.description.contains("DiagnosisTests.swift"))
        let second = explainNonFinite(of: { x in (x.abs() * 2).sqrt().sum() }, at: x)
        let backward = try #require(second)
        #expect(backward.phase == .backward && backward.operation == "sqrt" && backward.index == [1], "\(backward)")
        #expect(backward.operands.map(\.element) == [0] && backward.description.contains("DiagnosisTests.swift"))
        let division = try #require(explainNonFinite(of: { x, y in (x / y).sum() }, at: x, vector64(1, 2, 0)))
        #expect(division.operation == "div" && division.operands.map(\.element) == [-1, 0] && division.index == [2])
    }

    @Test func whatIsFiniteIsNotBlamed() {
        let x = vector64(4, 0, -1)
        #expect(explainNonFinite(of: { which($0 .> 0, $0.log(), 0 * $0).sum() }, at: x) == nil)
        #expect(explainNonFinite(of: { $0.square().sum() }, at: x) == nil)
    }

    @Test func checkedGradientsFailWithTheReport() throws {
        let x = vector64(4, 0)
        let (value, slope) = valueWithGradient(of: { $0.square().sum() }, at: x, check: .finite)
        #expect(value.item() == 16 && slope.doubles == [8, 0])
        let found = transformFailure { _ = valueWithGradient(of: { $0.sqrt().sum() }, at: x, check: .finite) }
        let error = try #require(found)
        #expect(error.description.contains("sqrt") && error.description.contains("[1]"), "\(error)")
        let (_, unchecked) = valueWithGradient(of: { $0.sqrt().sum() }, at: x, check: .none)
        #expect(unchecked.doubles[1].isInfinite)
    }
}

@Suite struct HookTests {
    private final class Notes: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ text: String) { list.withLock { $0.append(text) } }
    }

    @Test func savedTensorsGoElsewhere() {
        let x = numbers64([20, 20]).requiringGrad()
        let notes = Notes()
        @Sendable func f(_ x: Tensor) -> Tensor { (x.exp() * x.tanh()).sin().sum() }
        let plain = f(x).gradient(withRespectTo: x).bytes
        let y = savingTensors(
            pack: { tensor -> [UInt8] in
                notes.add("pack \(tensor.shape)")
                return tensor.bytes
            },
            unpack: { bytes in
                notes.add("unpack")
                return Tensor(bytes: bytes, shape: [20, 20], dtype: .float64)
            }
        ) { f(x) }
        #expect(!notes.all.isEmpty && notes.all.allSatisfy { $0 == "pack [20, 20]" })
        #expect(y.gradient(withRespectTo: x).bytes == plain)
        #expect(notes.all.contains("unpack"))
        // Rounded to half the bytes, over a checkpoint, to the second order.
        let rough = savingTensors(pack: { $0.to(.float32) }, unpack: { $0.to(.float64) }) { f(x) }
        #expect(isNear(rough.gradient(withRespectTo: x).doubles, f(x).gradient(withRespectTo: x).doubles, 1e-6))
        let block = checkpoint { (x: Tensor) in f(x) }
        let nested = savingTensors(pack: { $0.bytes }, unpack: { Tensor(bytes: $0, shape: [20, 20], dtype: .float64) })
        { block(x) }
        #expect(nested.gradient(withRespectTo: x).bytes == plain)
        let second = savingTensors(pack: { $0.bytes }, unpack: { Tensor(bytes: $0, shape: [20, 20], dtype: .float64) })
        {
            hessianVectorProduct(of: f, at: x.detach(), along: x.detach())
        }
        let isSame = second.bytes == hessianVectorProduct(of: f, at: x.detach(), along: x.detach()).bytes
        #expect(isSame)
    }

    @Test func wrongUnpackingIsRefused() {
        let x = vector64(1, 2).requiringGrad()
        let y = savingTensors(pack: { $0 }, unpack: { $0.sum() }) { x.exp().sum() }
        #expect(transformFailure { y.backward() }?.description.contains("unpack, given at") == true)
        #expect(x.grad == nil)
    }

    @Test func hooksOnSeveralTensors() {
        let (a, b, c) = (vector64(1).requiringGrad(), vector64(2).requiringGrad(), vector64(3).requiringGrad())
        let notes = Notes()
        let all = registerHook(on: [a, b, c]) {
            notes.add("all " + $0.map { $0.map { "\($0.item())" } ?? "-" }.joined(separator: " "))
        }
        registerHook(on: [a, b], mode: .any) { notes.add("any \($0.compactMap { $0 }.count)") }
        (a * b * c).sum().backward()
        #expect(notes.all.sorted() == ["all 6.0 3.0 2.0", "any 1"])
        (a * c).sum().backward()
        #expect(notes.all.suffix(2).sorted() == ["all 3.0 - 1.0", "any 1"])
        all.remove()
        (a * b).sum().backward()
        #expect(notes.all.count == 5)
        #expect(transformFailure { _ = registerHook(on: [a, vector64(1)]) { _ in } } != nil)
    }
}
