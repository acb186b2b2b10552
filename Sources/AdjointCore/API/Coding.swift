import AdjointRuntime

// Shape, element type and elements, in any coder's format. Numbers that JSON does not have are words.
extension Tensor: Codable {
    private enum CodingKeys: String, CodingKey { case shape, dtype, data }

    /// Writes the shape, the name of the element type and the elements in row-major order; a gradient's history is not written.
    ///
    /// Elements that are not finite are written as "nan", "inf" and "-inf"; complex ones as bytes.
    /// - Throws: an `EncodingError` for a tensor that failed or has no numbers yet.
    public func encode(to encoder: any Encoder) throws {
        guard hostValue("encode") != nil else {
            throw EncodingError.invalidValue(
                self, .init(codingPath: encoder.codingPath, debugDescription: "the tensor has no elements to write"))
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(shape.extents, forKey: .shape)
        try container.encode("\(dtype)", forKey: .dtype)
        if dtype.isFloatingPoint {
            try container.encode(doubles.map(CodedNumber.init), forKey: .data)
        } else if dtype == .bool {
            try container.encode(bools, forKey: .data)
        } else if dtype.isInteger {
            try container.encode(ints, forKey: .data)
        } else {
            try container.encode(bytes, forKey: .data)
        }
    }

    /// Reads what `encode(to:)` has written, as a constant.
    /// - Throws: a `DecodingError` for an unknown element type or a shape that does not fit the elements.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let extents = try container.decode([Int].self, forKey: .shape)
        let name = try container.decode(String.self, forKey: .dtype)
        guard let dtype = DType.allCases.first(where: { "\($0)" == name }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .dtype, in: container, debugDescription: "there is no element type \(name)")
        }
        let decoded = Result {
            try checked {
                if dtype.isFloatingPoint {
                    Tensor(try container.decode([CodedNumber].self, forKey: .data).map(\.value), shape: extents).to(
                        dtype)
                } else if dtype == .bool {
                    Tensor(try container.decode([Bool].self, forKey: .data), shape: extents)
                } else if dtype.isInteger {
                    Tensor(try container.decode([Int].self, forKey: .data), shape: extents).to(dtype)
                } else {
                    Tensor(bytes: try container.decode([UInt8].self, forKey: .data), shape: extents, dtype: dtype)
                }
            }
        }
        switch decoded {
        case .success(let tensor): self = tensor
        case .failure(let error as TensorError):
            throw DecodingError.dataCorruptedError(forKey: .data, in: container, debugDescription: error.problem)
        case .failure(let error): throw error
        }
    }
}

/// A floating-point number, or the word for one that is not finite.
private struct CodedNumber: Codable {
    let value: Double

    init(_ value: Double) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            value = number
            return
        }
        let word = try container.decode(String.self)
        guard let number = Double(word) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(word) is not a number")
        }
        value = number
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite {
            try container.encode(value)
        } else {
            try container.encode(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")
        }
    }
}
