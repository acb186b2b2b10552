import AdjointCore
import AdjointRuntime
import AdjointTransforms
import Foundation
import Testing

@Suite struct NumPyTensorTests {
    private static let tensors: [Tensor] = [
        Tensor([[1.5, -2], [3, 4]]), Tensor([[1.5, -2]], dtype: .float64), Tensor([1, 2, 3]),
        Tensor([1, 2, 3], dtype: .int32), Tensor([true, false]), Tensor(7, dtype: .uint8), Tensor.zeros(0, 3),
    ]

    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder.path)
    }

    @Test func arraysComeBackAsTheyWere() throws {
        try withFolder { folder in
            for tensor in Self.tensors {
                try tensor.save(npy: folder + "/a.npy")
                let read = try Tensor.load(npy: folder + "/a.npy")
                #expect(read.type == tensor.type && read.bytes == tensor.bytes)
            }
        }
    }

    @Test func viewsAreWrittenInTheirOwnOrder() throws {
        try withFolder { folder in
            try Tensor([[1, 2, 3], [4, 5, 6]]).T.save(npy: folder + "/t.npy")
            let read = try Tensor.load(npy: folder + "/t.npy")
            #expect(read.shape == [3, 2] && read.ints == [1, 4, 2, 5, 3, 6])
        }
    }

    @Test(arguments: [false, true]) func archivesComeBackByName(_ compressed: Bool) throws {
        try withFolder { folder in
            let named = Dictionary(uniqueKeysWithValues: Self.tensors.enumerated().map { ("t\($0)", $1) })
            try Tensor.save(named, npz: folder + "/a.npz", compressed: compressed)
            let read = try Tensor.load(npz: folder + "/a.npz")
            #expect(read.mapValues(\.type) == named.mapValues(\.type))
            #expect(read.mapValues(\.bytes) == named.mapValues(\.bytes))
        }
    }

    @Test func damagedFilesThrow() throws {
        try withFolder { folder in
            try Tensor.save(["x": Tensor([1.0, 2.0])], npz: folder + "/a.npz", compressed: true)
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/a.npz")))
            for length in 0..<bytes.count {
                #expect(throws: TensorError.self) { try Tensor.tensors(npz: Array(bytes.prefix(length))) }
            }
            #expect(throws: TensorError.self) { try Tensor.load(npy: folder + "/none.npy") }
            #expect(throws: TensorError.self) { try Tensor.load(npy: folder + "/a.npz") }
        }
    }

    @Test func whatTensorsDoNotHoldIsNamed() {
        let header = Array("{'descr': '<u4', 'fortran_order': False, 'shape': (1,), }".utf8)
        let padding = [UInt8](repeating: 0x20, count: 128 - 10 - header.count - 1) + [0x0A]
        let bytes = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + header + padding + [0, 0, 0, 0]
        do throws(TensorError) {
            _ = try Tensor(npy: bytes)
            Issue.record("uint32 was read")
        } catch {
            #expect(error.kind == .file && error.description.contains("u4"))
        }
    }
}

@Suite(.serialized) struct WarningTests {
    /// E30: the gradient of a computed tensor is not kept, and reading it tells so once.
    @Test func readingTheGradientOfAComputedTensorIsTold() async {
        await #expect(processExitsWith: .success) {
            final class Told: @unchecked Sendable { var messages: [String] = [] }
            let told = Told()
            Warnings.handler = { told.messages.append($0) }
            let y = vector(1, 2).requiringGrad() * 2
            for _ in 0..<3 { #expect(y.grad == nil) }
            #expect(told.messages.count == 1)
            #expect(told.messages[0].contains("mul") && told.messages[0].contains("retainGrad()"))
            y.retainGrad()
            y.sum().backward()
            #expect(y.grad?.doubles == [1, 1] && told.messages.count == 1)
        }
    }

    @Test func unusedInputsMayBeTold() async {
        await #expect(processExitsWith: .success) {
            final class Told: @unchecked Sendable { var messages: [String] = [] }
            let told = Told()
            Warnings.handler = { told.messages.append($0) }
            let (x, unused) = (vector(1, 2).requiringGrad(), vector(3).requiringGrad())
            for _ in 0..<3 {
                let found = gradients(of: [x.sum()], withRespectTo: [x, unused], unused: .warning)
                #expect(found[1].doubles == [0])
            }
            #expect(told.messages.count == 1 && told.messages[0].contains("input 1"))
        }
    }

    /// E6: a backward pass from a value of a transform cannot reach leaves outside it.
    @Test func backwardInsideATransformIsRefused() {
        let w = vector(1, 2).requiringGrad()
        let error = #expect(throws: TensorError.self) {
            try checked {
                _ = jvp(
                    { x in
                        (x * w).sum().backward()
                        return x
                    }, at: vector(3, 4), along: vector(1, 1))
            }
        }
        #expect(error?.kind == .gradient && error?.description.contains("transform") == true)
        #expect(w.grad == nil)
    }
}
