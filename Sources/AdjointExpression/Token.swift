/// A word of an expression with its place in the source.
struct Token {
    enum Kind: Equatable {
        case number(Double)
        case name(String)
        case `operator`(BinaryOperator)
        case open
        case close
        case comma
        case end
    }

    let kind: Kind
    /// The characters of the token; empty at the end.
    let text: String
    let range: Range<Int>

    /// Splits a source into tokens, the last of which marks the end.
    static func scan(_ source: String) throws(ExpressionError) -> [Token] {
        var scanner = Scanner(characters: Array(source))
        return try scanner.scan()
    }
}

private struct Scanner {
    let characters: [Character]
    private var position = 0

    init(characters: [Character]) {
        self.characters = characters
    }

    mutating func scan() throws(ExpressionError) -> [Token] {
        var tokens: [Token] = []
        while position < characters.count {
            let character = characters[position]
            if character.isWhitespace {
                position += 1
            } else if character.isDigit || character == "." {
                tokens.append(try scanNumber())
            } else if character.isNameStart {
                tokens.append(scanName())
            } else {
                tokens.append(try scanSymbol(character))
            }
        }
        tokens.append(Token(kind: .end, text: "", range: characters.count..<characters.count))
        return tokens
    }

    private mutating func scanNumber() throws(ExpressionError) -> Token {
        let start = position
        skip(while: \.isDigit)
        if next == "." {
            position += 1
            skip(while: \.isDigit)
        }
        let hasDigits = characters[start..<position].contains(where: \.isDigit)
        if hasDigits, next == "e" || next == "E" {
            let mantissaEnd = position
            position += 1
            if next == "+" || next == "-" { position += 1 }
            if next?.isDigit == true { skip(while: \.isDigit) } else { position = mantissaEnd }
        }
        guard hasDigits, next != "." else {
            skip { $0.isDigit || $0 == "." }
            throw ExpressionError(.malformedNumber(text(from: start)), at: start..<position)
        }
        guard let value = Double(text(from: start)), value.isFinite else {
            throw ExpressionError(.numberTooLarge(text(from: start)), at: start..<position)
        }
        return token(.number(value), from: start)
    }

    private mutating func scanName() -> Token {
        let start = position
        skip { $0.isNameStart || $0.isDigit }
        return token(.name(text(from: start)), from: start)
    }

    private mutating func scanSymbol(_ character: Character) throws(ExpressionError) -> Token {
        let start = position
        position += 1
        switch character {
        case "(": return token(.open, from: start)
        case ")": return token(.close, from: start)
        case ",": return token(.comma, from: start)
        case "*" where next == "*":
            position += 1
            return token(.operator(.power), from: start)
        default:
            if let symbol = BinaryOperator(rawValue: character) { return token(.operator(symbol), from: start) }
            throw ExpressionError(
                .unexpectedCharacter(character), at: start..<position, suggestion: character.asciiSpelling)
        }
    }

    private var next: Character? {
        position < characters.count ? characters[position] : nil
    }

    private mutating func skip(while condition: (Character) -> Bool) {
        while let character = next, condition(character) { position += 1 }
    }

    private func text(from start: Int) -> String {
        String(characters[start..<position])
    }

    private func token(_ kind: Token.Kind, from start: Int) -> Token {
        Token(kind: kind, text: text(from: start), range: start..<position)
    }
}

extension Character {
    fileprivate var isDigit: Bool { isASCII && isNumber }
    fileprivate var isNameStart: Bool { isLetter || self == "_" }

    /// What to write in place of a character from a Chinese keyboard or a formula in print.
    fileprivate var asciiSpelling: String? {
        switch self {
        case "（", "[", "{", "【": "("
        case "）", "]", "}", "】": ")"
        case "，", "、", ";", "；": ","
        case "×", "·", "⋅", "＊", "∗": "*"
        case "÷", "／", "∕": "/"
        case "−", "–", "—", "－": "-"
        case "＋": "+"
        case "＾": "^"
        case "²": "^2"
        case "³": "^3"
        case "√": "sqrt"
        case "．", "。": "."
        default: nil
        }
    }
}
