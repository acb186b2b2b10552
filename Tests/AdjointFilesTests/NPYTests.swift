import Testing

@testable import AdjointFiles

/// The bytes of `values` in memory.
func bytes<Element>(of values: [Element]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
}

@Suite struct NPYReadingTests {
    @Test(arguments: NPYArray.ElementType.allCases)
    func everyElementTypeRoundTripsExactly(_ type: NPYArray.ElementType) throws {
        let file = Fixtures.bytes("type_\(type.rawValue)")
        let array = try NPYArray(parsing: file)
        #expect(array.descr == type)
        #expect(array.shape == [2, 3])
        #expect(!array.fortranOrder)
        #expect(array.bytes.count == 6 * type.byteCount)
        #expect(try array.serialized() == file)
    }

    @Test(arguments: ["i2", "i4", "u8", "f2", "f8", "c8", "c16"])
    func bigEndianFilesGiveTheSameArray(_ type: String) throws {
        let big = try NPYArray(parsing: Fixtures.bytes("big_\(type)"))
        let little = try NPYArray(parsing: Fixtures.bytes("type_\(type)"))
        #expect(big == little)
    }

    @Test func valuesAreThoseNumPyStored() throws {
        #expect(try NPYArray(parsing: Fixtures.bytes("type_f4")).bytes == bytes(of: [0, 1, 2, 3, 100, 7] as [Float]))
        #expect(try NPYArray(parsing: Fixtures.bytes("big_f8")).bytes == bytes(of: [0, 1, 2, 3, 100, 7] as [Double]))
        #expect(try NPYArray(parsing: Fixtures.bytes("type_b1")).bytes == [0, 1, 1, 1, 1, 1])
        #expect(try NPYArray(parsing: Fixtures.bytes("type_i8")).bytes == bytes(of: [0, 1, 2, 3, 100, 7] as [Int64]))
    }

    @Test(
        arguments: [("scalar", []), ("vector", [4]), ("empty", [0, 3]), ("rank5", [1, 2, 1, 3, 1])] as [(String, [Int])]
    )
    func shapesRoundTripExactly(_ name: String, _ shape: [Int]) throws {
        let array = try NPYArray(parsing: Fixtures.bytes(name))
        #expect(array.shape == shape)
        #expect(try array.serialized() == Fixtures.bytes(name))
    }

    @Test(arguments: ["version2", "version3"])
    func laterVersionsAreRead(_ name: String) throws {
        let array = try NPYArray(parsing: Fixtures.bytes(name))
        #expect(array == NPYArray(descr: .int32, shape: [3], bytes: bytes(of: [0, 1, 2] as [Int32])))
    }

    @Test func columnMajorFilesRoundTripAndCanBeReordered() throws {
        let array = try NPYArray(parsing: Fixtures.bytes("fortran"))
        #expect(array.fortranOrder)
        #expect(try array.serialized() == Fixtures.bytes("fortran"))
        let rowMajor = array.rowMajor()
        #expect(rowMajor == NPYArray(descr: .int16, shape: [2, 3, 4], bytes: bytes(of: Array(0..<24) as [Int16])))
        #expect(rowMajor.rowMajor() == rowMajor)
    }

    @Test func orderIsWrittenAsNumPyDoesWhereBothOrdersAgree() throws {
        let vector = NPYArray(
            descr: .float32, shape: [4], fortranOrder: true, bytes: bytes(of: [0, 1, 2, 3] as [Float]))
        #expect(try vector.serialized() == Fixtures.bytes("vector"))
        #expect(vector.rowMajor().bytes == vector.bytes)
        let empty = NPYArray(descr: .float32, shape: [0, 3], fortranOrder: true, bytes: [])
        #expect(try empty.serialized() == Fixtures.bytes("empty"))
        #expect(empty.rowMajor().bytes.isEmpty)
    }

    @Test func anyNonzeroByteIsTrue() throws {
        #expect(try NPYArray(parsing: Fixtures.bytes("boolBig")).bytes == [0, 1, 1])
    }

    @Test func dataStartAtMultiplesOf64() throws {
        for rank in 0...64 {
            let array = NPYArray(descr: .uint8, shape: Array(repeating: 1, count: rank), bytes: [7])
            let file = try array.serialized()
            #expect(file.count % 64 == 1)
            #expect(try NPYArray(parsing: file) == array)
        }
    }
}

@Suite struct NPYRefusalTests {
    /// A file of version 1.0 with the given header and data.
    private func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
        let length = header.utf8.count
        return NPYHeader.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + header.utf8 + data
    }

    private func reason(_ file: [UInt8]) -> FileFormatError.Reason? {
        do throws(FileFormatError) {
            _ = try NPYArray(parsing: file)
            return nil
        } catch {
            #expect(error.format == .npy)
            #expect(!error.message.isEmpty)
            return error.reason
        }
    }

    @Test(arguments: ["scalar", "vector", "type_c16", "fortran", "version2", "empty"])
    func everyTruncationIsRefused(_ name: String) {
        let whole = Fixtures.bytes(name)
        for length in 0..<whole.count {
            #expect(reason(Array(whole.prefix(length))) == .truncated, "at length \(length)")
        }
    }

    @Test(
        arguments: [
            ("object", .objectArray), ("record", .unsupportedElementType), ("date", .unsupportedElementType),
            ("text", .unsupportedElementType), ("long128", .unsupportedElementType),
        ] as [(String, FileFormatError.Reason)])
    func otherElementTypesAreRefused(_ name: String, _ expected: FileFormatError.Reason) {
        #expect(reason(Fixtures.bytes(name)) == expected)
    }

    @Test func trailingBytesAreRefused() {
        #expect(reason(Fixtures.bytes("vector") + [0]) == .trailingBytes)
        #expect(reason(Fixtures.bytes("empty") + [0]) == .trailingBytes)
    }

    @Test func wrongSignaturesAndVersionsAreRefused() {
        var wrong = Fixtures.bytes("vector")
        wrong[3] = 0
        #expect(reason(wrong) == .badMagic)
        for (major, minor) in [(0, 0), (1, 1), (4, 0), (255, 255)] as [(UInt8, UInt8)] {
            var unknown = Fixtures.bytes("vector")
            (unknown[6], unknown[7]) = (major, minor)
            #expect(reason(unknown) == .unsupportedVersion)
        }
    }

    @Test func headerLengthsThatLieAreRefused() {
        var long = Fixtures.bytes("vector")
        (long[8], long[9]) = (0xFF, 0xFF)
        #expect(reason(long) == .truncated)
        var short = Fixtures.bytes("vector")
        short[8] = 20
        #expect(reason(short) == .badHeader)
        var version2 = Fixtures.bytes("version2")
        version2.replaceSubrange(8..<12, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(reason(version2) == .truncated)
    }

    @Test(
        arguments: [
            ("(-1,)", .badShape), ("(9223372036854775808,)", .badShape), ("(99999999999999999999,)", .badShape),
            ("(4294967296, 4294967296)", .badShape), ("(0, 4294967296, 4294967296)", .badShape),
            ("(9223372036854775807, 2)", .badShape), ("(2305843009213693951,)", .truncated),
            ("(1000000000000,)", .truncated), ("(2)", .badHeader), ("(2, 2", .badHeader), ("(2 2)", .badHeader),
            ("(2,,)", .badHeader), ("(,)", .badHeader), ("[2]", .badHeader), ("(02,)", .badHeader),
            ("(2.0,)", .badHeader),
            ("(True,)", .badHeader), ("()", .truncated), ("(" + String(repeating: "1,", count: 65) + ")", .badShape),
        ] as [(String, FileFormatError.Reason)])
    func hostileShapesAreRefused(_ shape: String, _ expected: FileFormatError.Reason) {
        #expect(reason(file("{'descr': '<f4', 'fortran_order': False, 'shape': \(shape), }\n")) == expected)
    }

    @Test(
        arguments: [
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,), }", .duplicateName),
            ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", .duplicateName),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1, }", .badHeader),
            ("{'descr': '<f4', 'fortran_order': False, }", .badHeader),
            ("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", .badHeader),
            ("{'descr': '<f4', 'fortran_order': Truest, 'shape': (1,), }", .badHeader),
            ("{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }", .badHeader),
            ("{'descr': '<f4\", 'fortran_order': False, 'shape': (1,), }", .badHeader),
            ("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (1,), }", .badHeader),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x", .badHeader),
            ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)", .badHeader),
            ("{}", .badHeader), ("", .badHeader), ("print('hello')", .badHeader),
            ("{'descr': '', 'fortran_order': False, 'shape': (1,), }", .unsupportedElementType),
            ("{'descr': '|f4', 'fortran_order': False, 'shape': (1,), }", .unsupportedElementType),
            ("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", .unsupportedElementType),
            ("{'descr': 'f4', 'fortran_order': False, 'shape': (1,), }", .unsupportedElementType),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", .objectArray),
        ] as [(String, FileFormatError.Reason)])
    func hostileHeadersAreRefused(_ header: String, _ expected: FileFormatError.Reason) {
        #expect(reason(file(header, data: [0, 0, 0, 0])) == expected)
    }

    @Test func otherSpellingsOfAHeaderAreRead() throws {
        for header in [
            "{'descr': '=f4', 'fortran_order': False, 'shape': (1L,), }",
            "{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f4\"}",
            "  { 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 1 , ) } \n",
        ] {
            let array = try NPYArray(parsing: file(header, data: [0, 0, 0x80, 0x3F]))
            #expect(array == NPYArray(descr: .float32, shape: [1], bytes: bytes(of: [1] as [Float])))
        }
    }

    @Test func errorsSayWhatWhereAndWhatToDo() {
        let error = #expect(throws: FileFormatError.self) {
            try NPYArray(parsing: file("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"))
        }
        #expect(
            error?.description
                == "npy, byte 20: the array holds Python objects (descr '|O'). "
                + "Convert it to numbers before saving; objects are never loaded, they could run code.")
    }

    @Test func arraysThatContradictThemselvesAreNotWritten() {
        for (shape, expected) in [([3], .sizeMismatch), ([-1], .badShape), ([.max, 3], .badShape)]
            as [([Int], FileFormatError.Reason)]
        {
            let array = NPYArray(descr: .float32, shape: shape, bytes: [0, 0, 0, 0])
            #expect(throws: FileFormatError.self) { try array.serialized() }
            #expect((#expect(throws: FileFormatError.self) { try NPZ.serialize([("a", array)]) })?.reason == expected)
        }
    }
}
