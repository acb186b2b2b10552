extension String {
    /// The text with the characters escaped that have a meaning in XML text and attributes.
    var xmlEscaped: String {
        escaped { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: nil
            }
        }
    }

    /// The text with the characters escaped that have a meaning in a quoted DOT or YAML string.
    var quoteEscaped: String {
        escaped { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            default: nil
            }
        }
    }

    /// The line with the characters escaped that have a meaning in a quoted Mermaid label.
    ///
    /// Newer Mermaid reads labels as Markdown and refuses lists, so nothing may look like one: a lone `+`, `- x`
    /// and `1. x` do.
    var mermaidEscaped: String {
        let text = escaped { character in
            switch character {
            case "#": "#35;"
            case "&": "#amp;"
            case "<": "#lt;"
            case ">": "#gt;"
            case "\"": "#quot;"
            case "`": "#96;"
            case "\\": "#92;"
            case "*": "#42;"
            case "_": "#95;"
            default: nil
            }
        }
        let number = text.prefix { $0.isASCII && $0.isNumber }
        guard let mark = text.dropFirst(number.count).unicodeScalars.first else { return text }
        let rest = text.unicodeScalars.dropFirst(number.count + 1)
        let marks: [Unicode.Scalar] = number.isEmpty ? ["+", "-"] : [".", ")"]
        guard marks.contains(mark), rest.first.map({ $0 == " " }) ?? true else { return text }
        return "\(number)#\(mark.value);\(String(rest))"
    }

    /// Works on scalars, since a combining mark after a quote makes one `Character` that equals no quote.
    private func escaped(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var result = ""
        for scalar in unicodeScalars {
            if let replacement = replacement(scalar) {
                result += replacement
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
