extension Character {
    /// Whether the character takes two columns of a terminal: Chinese, Japanese, Korean, full-width forms.
    private var isWide: Bool {
        unicodeScalars.contains {
            switch $0.value {
            case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
                0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
                true
            default: false
            }
        }
    }

    fileprivate var columns: Int { isWide ? 2 : 1 }

    /// Whether a line may end after this character although no space follows.
    fileprivate var allowsBreakAfter: Bool { isWide && !"（《「".contains(self) }

    /// Whether this is an operator between the parts of a formula.
    fileprivate var joins: Bool { "=+−·/→".contains(self) }

    /// Whether no line may start with this character.
    fileprivate var closes: Bool { "，。；：、！？）》」”’".contains(self) }
}

extension String {
    /// The number of terminal columns that the text takes.
    var columns: Int { reduce(0) { $0 + $1.columns } }

    /// The text with spaces up to so many columns.
    func padded(to width: Int, right: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(width - columns, 0))
        return right ? spaces + self : self + spaces
    }

    /// The text without white space at its end.
    var trimmingEnd: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }

    /// The text without white space at both ends.
    var trimmingSpaces: String { String(trimmingEnd.drop(while: \.isWhitespace)) }

    /// The text in lines of at most `width` columns, broken at spaces and between Chinese characters.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in words {
            if !line.isEmpty, line.columns + word.trimmingEnd.columns > width {
                lines.append(line.trimmingEnd)
                line = ""
            }
            line += word
        }
        return lines + [line]
    }

    /// The parts between which a line may break, with the space that follows each.
    private var words: [String] {
        let characters = Array(self)
        var words: [String] = []
        var word = ""
        for (index, character) in characters.enumerated() {
            word.append(character)
            let next = index + 1 < characters.count ? characters[index + 1] : nil
            let mayBreak =
                if character == " " {
                    // A formula stays together around its operators.
                    next.map { !$0.joins } ?? true && !(index > 0 && characters[index - 1].joins)
                } else {
                    character.allowsBreakAfter || (next?.columns == 2 && !character.opens)
                }
            if mayBreak, next.map({ !$0.closes && $0 != " " }) ?? true {
                words.append(word)
                word = ""
            }
        }
        return word.isEmpty ? words : words + [word]
    }

    /// The lines of the text with so many spaces before each.
    func indented(by count: Int) -> [String] {
        let margin = String(repeating: " ", count: count)
        return split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : margin + $0 }
    }
}

extension Character {
    /// Whether no line may end with this character.
    fileprivate var opens: Bool { "（《「“‘(".contains(self) }
}

/// Rows of cells whose columns are aligned.
struct TextTable {
    /// The alignment of a column's cells.
    enum Alignment {
        case left, right
    }

    var header: [String]
    var rows: [[String]] = []
    /// One alignment a column; the last one holds for all that follow.
    var alignments: [Alignment] = [.left, .right]

    /// The table as lines: the header, a rule, the rows.
    var lines: [String] {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].columns }.max() ?? 0 }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "──")
        return [line(header, widths), rule] + rows.map { line($0, widths) }
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (column, cell) in cells.enumerated() {
            let isRight = alignments[min(column, alignments.count - 1)] == .right
            line += (column > 0 ? "  " : "") + cell.padded(to: widths[column], right: isRight)
        }
        return line.trimmingEnd
    }
}

/// Two blocks of lines beside each other.
func sideBySide(_ left: [String], _ right: [String], gap: Int = 4) -> [String] {
    let width = (left.map(\.columns).max() ?? 0) + gap
    return (0..<max(left.count, right.count)).map { index in
        let start = index < left.count ? left[index] : ""
        return index < right.count ? (start.padded(to: width) + right[index]).trimmingEnd : start
    }
}
