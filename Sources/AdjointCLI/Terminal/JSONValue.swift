/// A JSON text under construction; objects keep the order of their members.
enum JSONValue: ExpressibleByStringLiteral, CustomStringConvertible {
    case number(Double)
    case integer(Int)
    case string(String)
    case boolean(Bool)
    case object([(name: String, value: JSONValue)])

    init(stringLiteral value: String) { self = .string(value) }

    /// The text on one line.
    ///
    /// JSON has no numbers that are not finite: those become "NaN", "Infinity", "-Infinity".
    var description: String {
        switch self {
        case .number(let number) where number.isNaN: "\"NaN\""
        case .number(let number) where number.isInfinite: number < 0 ? "\"-Infinity\"" : "\"Infinity\""
        case .number(let number): number.shortest
        case .integer(let number): "\(number)"
        case .string(let text): Self.quoted(text)
        case .boolean(let truth): "\(truth)"
        case .object(let members):
            "{" + members.map { "\(Self.quoted($0.name)):\($0.value)" }.joined(separator: ",") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
