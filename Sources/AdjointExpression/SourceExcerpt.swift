/// The part of a source around a mistake, on one line of a terminal.
struct SourceExcerpt {
    let text: String
    /// The terminal column of the mistake, counted from 0.
    let caretColumn: Int

    private static let reach = 40

    init(_ source: String, around position: Int) {
        let characters = Array(source)
        let start = position > Self.reach + 1 ? position - Self.reach : 0
        let end = position + Self.reach + 1 < characters.count ? position + Self.reach : characters.count
        let visible = characters.map(\.printable)
        let before = (start > 0 ? "…" : "") + String(visible[start..<position])
        text = before + String(visible[position..<end]) + (end < characters.count ? "…" : "")
        caretColumn = before.reduce(0) { $0 + $1.terminalColumns }
    }
}

extension Character {
    /// The character itself, unless it would break the line or control the terminal.
    fileprivate var printable: Character {
        if isWhitespace { return " " }
        let isHarmful = unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0.properties.isBidiControl
        }
        return isHarmful ? "\u{FFFD}" : self
    }

    /// The number of terminal columns: 2 for Chinese, Japanese and Korean characters and emoji.
    fileprivate var terminalColumns: Int {
        unicodeScalars.map(\.terminalColumns).max() ?? 0
    }
}

extension Unicode.Scalar {
    fileprivate var terminalColumns: Int {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD, 0xFE0F:
            return 2
        default:
            if properties.isEmojiPresentation { return 2 }
            switch properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .format: return 0
            default: return 1
            }
        }
    }
}
