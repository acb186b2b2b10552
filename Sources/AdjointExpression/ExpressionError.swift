/// What is wrong with an expression, and where.
public struct ExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kinds of mistakes.
    public enum Reason: Sendable, Equatable {
        case empty
        case unexpectedCharacter(Character)
        case malformedNumber(String)
        case numberTooLarge(String)
        /// An operand is missing before what was found, or before the end if `found` is nil.
        case missingOperand(found: String?)
        case missingOperator(before: String, after: String)
        case unclosedParenthesis
        case unmatchedParenthesis
        case emptyParentheses
        case misplacedComma
        case unknownFunction(String)
        case unknownVariable(String)
        /// A function's name stands where a value is expected.
        case missingArguments(Function)
        case wrongArgumentCount(Function, found: Int)
        case tooDeep(limit: Int)
    }

    /// The kind of mistake.
    public let reason: Reason
    /// The characters at fault, counted from 0; empty at the end of the source.
    public let range: Range<Int>
    /// What may have been meant instead.
    public let suggestion: String?

    /// Makes an error.
    public init(_ reason: Reason, at range: Range<Int>, suggestion: String? = nil) {
        self.reason = reason
        self.range = range
        self.suggestion = suggestion
    }

    /// The column of the first character at fault, counted from 1.
    public var column: Int { range.lowerBound + 1 }

    /// The mistake in one sentence.
    public var message: String {
        switch reason {
        case .empty: "the expression is empty"
        case .unexpectedCharacter(let character): "unexpected character \"\(character)\""
        case .malformedNumber(let text): "\(Self.quoted(text)) is not a number"
        case .numberTooLarge(let text): "the number \(Self.quoted(text)) is too large"
        case .missingOperand(nil): "the expression ends too early"
        case .missingOperand(let found?): "unexpected \(Self.quoted(found))"
        case .missingOperator(let right, let left):
            "an operator is missing between \(Self.quoted(left)) and \(Self.quoted(right))"
        case .unclosedParenthesis: "this parenthesis is never closed"
        case .unmatchedParenthesis: "this parenthesis was never opened"
        case .emptyParentheses: "there is nothing between the parentheses"
        case .misplacedComma: "a comma can only stand between the arguments of a function"
        case .unknownFunction(let name): "there is no function \(Self.quoted(name))"
        case .unknownVariable(let name): "there is no variable \(Self.quoted(name))"
        case .missingArguments(let function): "the function \"\(function.rawValue)\" needs arguments in parentheses"
        case .wrongArgumentCount(let function, let found):
            "\(function.rawValue) takes \(Self.arguments(function.arity)), not \(found)"
        case .tooDeep(let limit):
            "the expression is too deep: over \(limit) operators build upon each other"
        }
    }

    /// What the parser expected in this place, if that helps.
    public var expected: String? {
        switch reason {
        case .empty, .missingOperand, .emptyParentheses: "a number, a variable, a function or \"(\""
        case .missingOperator: "an operator such as \"*\", which cannot be left out"
        case .unclosedParenthesis: "\")\""
        case .malformedNumber: "a number such as 2, 0.5 or 1e-3"
        case .missingArguments(let function):
            "\(function.rawValue)(\(function.arity == 1 ? "x" : "x, y"))"
        case .tooDeep: "a shorter expression, or long sums and products split by parentheses"
        case .unexpectedCharacter, .numberTooLarge, .unmatchedParenthesis, .misplacedComma, .unknownFunction,
            .unknownVariable, .wrongArgumentCount:
            nil
        }
    }

    /// The error on one line.
    public var description: String {
        var text = "column \(column): \(message)"
        if let expected { text += "; expected \(expected)" }
        if let suggestion { text += "; did you mean \"\(suggestion)\"?" }
        return text
    }

    /// The error for the terminal: the source, a caret under the mistake, and what to do about it.
    public func rendered(_ source: String) -> String {
        let excerpt = SourceExcerpt(source, around: range.lowerBound)
        var lines = [excerpt.text, String(repeating: " ", count: excerpt.caretColumn) + "^", "error: \(message)"]
        if let expected { lines.append("expected \(expected)") }
        if let suggestion { lines.append("did you mean \"\(suggestion)\"?") }
        return lines.joined(separator: "\n")
    }

    private static func arguments(_ count: Int) -> String {
        count == 1 ? "1 argument" : "\(count) arguments"
    }

    private static func quoted(_ text: String) -> String {
        text.count <= 40 ? "\"\(text)\"" : "\"\(text.prefix(39))…\""
    }
}
