extension Character {
    /// The number of terminal columns the character takes: 2 for CJK and emoji, 0 for lone combining marks.
    var columns: Int {
        if unicodeScalars.contains(where: { $0.value == 0xFE0F || $0.properties.isEmojiPresentation }) { return 2 }
        return unicodeScalars.lazy.map(\.columns).max() ?? 0
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        switch value {
        case 0x20...0x7E:
            return 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default:
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format, .control: return 0
            default: return 1
            }
        }
    }
}

extension String {
    /// The number of terminal columns the text takes.
    var columns: Int {
        reduce(0) { $0 + $1.columns }
    }

    /// The lines of the text, with control characters replaced so that no output format is broken by them.
    var sanitizedLines: [String] {
        split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
            var clean = ""
            for scalar in line.unicodeScalars {
                switch scalar.value {
                case 0x09: clean.unicodeScalars.append(" ")
                case 0x00...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0xFFFE, 0xFFFF:
                    clean.unicodeScalars.append("\u{FFFD}")
                default: clean.unicodeScalars.append(scalar)
                }
            }
            return clean
        }
    }

    /// The text on one line, for places such as edge labels that have room for only one.
    var sanitizedLine: String {
        sanitizedLines.joined(separator: " ")
    }

    /// The text broken into lines no wider than `limit`, between words or beside wide characters.
    func wrapped(to limit: Int, width: (String) -> Int) -> [String] {
        sanitizedLines.flatMap { paragraph in
            var lines: [String] = []
            var line = ""
            var used = 0
            for word in paragraph.breakableParts {
                let wordWidth = width(word)
                if used + wordWidth > limit, !line.isEmpty {
                    lines.append(line)
                    line = ""
                    used = 0
                }
                line += word
                used += wordWidth
            }
            return lines + [line]
        }
    }

    private var breakableParts: [String] {
        var parts: [String] = []
        var part = ""
        for character in self {
            part.append(character)
            if character == " " || character.columns == 2 {
                parts.append(part)
                part = ""
            }
        }
        return part.isEmpty ? parts : parts + [part]
    }
}
