import AdjointCore
import AdjointTransforms
import Foundation
import Testing

struct DenseLayer: TensorContainer {
    var weight: Tensor
    var bias: Tensor?
    var activation = "tanh"
}

struct SmallModel: TensorContainer {
    enum Kind: String, Codable { case plain, residual }
    enum Head: TensorContainer {
        case linear(Tensor)
        case none
    }

    var scale: Tensor
    var layers: [DenseLayer]
    var tables: [String: Tensor]
    var head: Head
    var kind = Kind.plain
    var rate = 0.1
    var created = Date(timeIntervalSince1970: 12)
    var sizes = [1, 2, 3]
    var table = Tensor([3, 1, 2])
}

private func sample() -> SmallModel {
    SmallModel(
        scale: scalar64(2),
        layers: [
            DenseLayer(weight: vector64(1, 2), bias: vector64(3), activation: "relu"),
            DenseLayer(weight: vector64(4, 5), bias: nil),
        ],
        tables: ["b": vector64(7), "a": vector64(6)], head: .linear(vector64(8, 9)), kind: .residual)
}

@Suite struct ContainerTests {
    @Test func tensorsAreNamedInOrder() {
        let names = sample().namedTensors.map(\.name)
        #expect(
            names == [
                "scale", "layers.0.weight", "layers.0.bias", "layers.1.weight", "tables.a", "tables.b",
                "head.linear._0", "table",
            ])
        #expect(sample().tensors.flatMap(\.doubles) == [2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 1, 2])
    }

    @Test func everythingElsePassesThrough() {
        let doubled = sample().mapTensors { $0 * 2 }
        #expect(doubled.tensors.flatMap(\.doubles) == [4, 2, 4, 6, 8, 10, 12, 14, 16, 18, 6, 2, 4])
        #expect(doubled.kind == .residual && doubled.rate == 0.1 && doubled.sizes == [1, 2, 3])
        #expect(
            doubled.created == Date(timeIntervalSince1970: 12) && doubled.layers.map(\.activation) == ["relu", "tanh"])
        #expect(doubled.layers[1].bias == nil)
        guard case .linear(let head) = doubled.head else {
            Issue.record("the case of the enum was lost")
            return
        }
        #expect(head.doubles == [16, 18])
    }

    @Test func numbersThatJSONDoesNotHaveStay() {
        struct Odd: TensorContainer {
            var x: Tensor
            var limit = Double.infinity
            var missing = Double.nan
        }
        let odd = Odd(x: vector64(1)).mapTensors { $0 + 1 }
        #expect(odd.limit == .infinity && odd.missing.isNaN && odd.x.doubles == [2])
    }

    @Test func plainContainersNest() {
        let value: [String: [Tensor?]] = ["y": [vector64(1), nil], "x": [vector64(2)]]
        #expect(value.namedTensors.map(\.name) == ["x.0", "y.0"])
        let mapped = value.mapTensors { $0 + 1 }
        #expect(mapped["y"]![0]!.doubles == [2] && mapped["y"]![1] == nil && mapped["x"]![0]!.doubles == [3])
        #expect([Tensor]().tensors.isEmpty)
    }

    @Test func aStructOfMinimalCodeIsDifferentiated() {
        let model = sample()
        let (value, slope) = valueWithGradient(
            of: { (model: SmallModel) in
                var total = model.scale.square()
                for layer in model.layers { total = total + layer.weight.sum() * model.scale }
                return total + (model.tables["a"]! * 3).sum()
            }, at: model)
        #expect(value.item() == 4 + 24 + 18)
        #expect(slope.scale.doubles == [4 + 12])
        #expect(slope.layers.map { $0.weight.doubles } == [[2, 2], [2, 2]] && slope.layers[0].bias!.doubles == [0])
        #expect(slope.tables["a"]!.doubles == [3] && slope.tables["b"]!.doubles == [0])
        #expect(slope.table.ints == [0, 0, 0] && slope.table.dtype == .int64 && slope.rate == 0.1)
    }

    @Test func aThrowingCodingIsReported() throws {
        struct Broken: TensorContainer {
            var x = vector64(1)
            init() {}
            init(from decoder: any Decoder) throws {
                throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "on purpose"))
            }
        }
        let error = try #require(transformFailure { _ = gradient(of: { $0.x.sum() }, at: Broken()) })
        #expect(error.description.contains("Broken") && error.description.contains("on purpose"))
    }

    @Test(arguments: [
        Tensor([[1.5, -2], [0.1, 4]], dtype: .float64), Tensor([[1.5, -2], [0.1, 4]]), Tensor([1, 2, 3]),
        Tensor([true, false]), Tensor.zeros(0, 3), scalar64(.pi),
        Tensor([Double.nan, Double.infinity, -Double.infinity], shape: [3]),
        Tensor([7, 8], dtype: .uint8), Tensor([-7, 8], dtype: .int32),
    ])
    func tensorsAreCoded(_ x: Tensor) throws {
        let text = try JSONEncoder().encode(["x": x])
        let back = try JSONDecoder().decode([String: Tensor].self, from: text)["x"]!
        #expect(back.type == x.type && back.bytes == x.bytes || back.doubles.contains { $0.isNaN })
        #expect(String(decoding: text, as: UTF8.self).contains("\"dtype\":\"\(x.dtype)\""))
    }

    @Test func badCodedTensorsAreRefused() {
        for text in [
            #"{"shape":[2],"dtype":"float32","data":[1]}"#, #"{"shape":[1],"dtype":"float7","data":[1]}"#,
            #"{"shape":[-1],"dtype":"float32","data":[1]}"#, #"{"shape":[1],"dtype":"float32","data":["x"]}"#,
            #"{"shape":[1],"dtype":"uint8","data":["x"]}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Tensor.self, from: Data(text.utf8)) }
        }
    }
}
