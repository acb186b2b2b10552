import AdjointCore
import AdjointRuntime

/// Cuts the text of a graph into tokens, and says where a mistake is.
struct TextScanner {
    enum Token: Equatable {
        case name(String)
        /// A number as it is written.
        case number(String)
        case string(String)
        /// `%7`
        case value(Int)
        /// `@7`
        case data(Int)
        case arrow
        case symbol(Character)
        case end

        /// The token as messages show it.
        var shown: String {
            switch self {
            case .name(let text), .number(let text): "\"\(text.prefix(40))\""
            case .string(let text): GraphPrinter.quoted(String(text.prefix(40)))
            case .value(let number): "%\(number)"
            case .data(let number): "@\(number)"
            case .arrow: "\"->\""
            case .symbol(let character): "\"\(character)\""
            case .end: "the end of the text"
            }
        }
    }

    private let bytes: [UInt8]
    private let end: Int
    private var position = 0
    /// Where the next token starts.
    private(set) var start = 0
    private(set) var next = Token.end

    /// Scans the first `end` bytes.
    init(_ bytes: [UInt8], end: Int) throws(TensorError) {
        self.bytes = bytes
        self.end = end
        try advance()
    }

    /// Takes the next token.
    @discardableResult
    mutating func take() throws(TensorError) -> Token {
        let token = next
        try advance()
        return token
    }

    /// Takes the next token if it is a symbol.
    mutating func takes(_ symbol: Character) throws(TensorError) -> Bool {
        guard next == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: Character) throws(TensorError) {
        guard try takes(symbol) else { throw unexpected("\"\(symbol)\"") }
    }

    mutating func expect(word: String) throws(TensorError) {
        guard next == .name(word) else { throw unexpected("\"\(word)\"") }
        try advance()
    }

    /// The error of a token that is not what has to stand there.
    func unexpected(_ wanted: String) -> TensorError {
        error("\(wanted) was expected, not \(next.shown)", "write \(wanted) here")
    }

    /// An error at the next token, or at another place.
    func error(_ problem: String, _ remedy: String, at offset: Int? = nil) -> TensorError {
        let place = min(offset ?? start, bytes.count)
        let line = bytes[..<place].count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = bytes[..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Columns count characters; bytes that continue one do not count.
        let column = bytes[lineStart..<place].count { $0 & 0xC0 != 0x80 } + 1
        return TensorError(.argument, "graph text", "line \(line), column \(column): \(problem)", remedy)
    }

    private mutating func advance() throws(TensorError) {
        while position < end, [0x20, 0x0A, 0x09, 0x0D].contains(bytes[position]) { position += 1 }
        start = position
        guard position < end else {
            next = .end
            return
        }
        let byte = bytes[position]
        switch byte {
        case _ where Self.startsName(byte): next = .name(text { Self.continuesName($0) })
        case UInt8(ascii: "0")...UInt8(ascii: "9"): next = .number(number())
        case UInt8(ascii: "-"):
            if position + 1 < end, bytes[position + 1] == UInt8(ascii: ">") {
                position += 2
                next = .arrow
            } else {
                next = .number(number())
            }
        case UInt8(ascii: "%"): next = .value(try reference())
        case UInt8(ascii: "@"): next = .data(try reference())
        case UInt8(ascii: "\""): next = .string(try string())
        default:
            guard "(){}[],:=?".utf8.contains(byte) else {
                throw error(
                    "a character that no graph has",
                    "graphs have names, numbers, text in quotes, %values and ( ) { } [ ] , : = ->")
            }
            position += 1
            next = .symbol(Character(Unicode.Scalar(byte)))
        }
    }

    private mutating func text(while holds: (UInt8) -> Bool) -> String {
        let first = position
        while position < end, holds(bytes[position]) { position += 1 }
        return String(decoding: bytes[first..<position], as: UTF8.self)
    }

    /// What looks like a number: signs, digits, a point, an exponent, "-inf".
    private mutating func number() -> String {
        text { Self.continuesName($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    }

    private mutating func reference() throws(TensorError) -> Int {
        position += 1
        let digits = text { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let number = Int(digits), number <= Int32.max else {
            throw error("no number follows", "write % and the number of a value, as %3, or @ and that of data")
        }
        return number
    }

    private mutating func string() throws(TensorError) -> String {
        func unclosed() -> TensorError {
            error("text in quotes is never closed", "end it with \" on the same line")
        }
        position += 1
        var result: [UInt8] = []
        while position < end, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] != UInt8(ascii: "\n") else { throw unclosed() }
            if bytes[position] == UInt8(ascii: "\\") {
                position += 1
                result += try escape()
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        guard position < end else { throw unclosed() }
        position += 1
        guard let text = String(validating: result, as: UTF8.self) else {
            throw error("text in quotes is not UTF-8", "write it in UTF-8")
        }
        return text
    }

    private mutating func escape() throws(TensorError) -> [UInt8] {
        let start = position
        func wrong() -> TensorError {
            error("an unknown escape in quotes", #"use \" \\ \n \t or \u{…} with hexadecimal digits"#, at: start)
        }
        guard position < end else { throw wrong() }
        let kind = bytes[position]
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [kind]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            guard position < end, bytes[position] == UInt8(ascii: "{") else { throw wrong() }
            position += 1
            let digits = text { $0 != UInt8(ascii: "}") && Self.continuesName($0) }
            guard position < end, bytes[position] == UInt8(ascii: "}"), let number = UInt32(digits, radix: 16),
                let scalar = Unicode.Scalar(number)
            else { throw wrong() }
            position += 1
            return Array(String(Character(scalar)).utf8)
        default: throw wrong()
        }
    }

    private static func startsName(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || byte == UInt8(ascii: "_")
    }

    private static func continuesName(_ byte: UInt8) -> Bool {
        startsName(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
    }

    /// Whether a text is a name as it stands.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        return startsName(first) && text.utf8.allSatisfy { continuesName($0) }
    }
}
