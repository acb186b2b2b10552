extension GraphDrawing {
    /// The characters that a terminal drawing is made of.
    public enum TextStyle: Sendable, CaseIterable {
        /// Box-drawing characters and arrowheads.
        case unicode
        /// Only characters that every terminal and every log file shows.
        case ascii
    }
}

/// The border of a box.
struct BoxStyle {
    let topLeft: Character
    let topRight: Character
    let bottomLeft: Character
    let bottomRight: Character
    let horizontal: Character
    let vertical: Character
    /// The place in the lower border where a line leaves.
    let exit: Character

    fileprivate init(
        _ top: (Character, Character), _ bottom: (Character, Character), _ sides: (Character, Character),
        exit: Character
    ) {
        (topLeft, topRight) = top
        (bottomLeft, bottomRight) = bottom
        (horizontal, vertical) = sides
        self.exit = exit
    }
}

extension GraphDrawing.TextStyle {
    /// The end of an arrow in the upper border of a box.
    var arrowhead: Character {
        switch self {
        case .unicode: "▼"
        case .ascii: "v"
        }
    }

    func boxStyle(for kind: GraphDrawing.Kind) -> BoxStyle {
        switch (self, kind) {
        case (.unicode, .input): BoxStyle(("╭", "╮"), ("╰", "╯"), ("─", "│"), exit: "┬")
        case (.unicode, .constant): BoxStyle(("┌", "┐"), ("└", "┘"), ("╌", "┆"), exit: "┬")
        case (.unicode, .operation): BoxStyle(("┌", "┐"), ("└", "┘"), ("─", "│"), exit: "┬")
        case (.unicode, .output): BoxStyle(("╔", "╗"), ("╚", "╝"), ("═", "║"), exit: "╤")
        case (.unicode, .gradient): BoxStyle(("┏", "┓"), ("┗", "┛"), ("━", "┃"), exit: "┯")
        case (.ascii, .input): BoxStyle((".", "."), ("'", "'"), ("-", "|"), exit: "+")
        case (.ascii, .constant): BoxStyle((".", "."), ("'", "'"), (".", ":"), exit: "+")
        case (.ascii, .operation): BoxStyle(("+", "+"), ("+", "+"), ("-", "|"), exit: "+")
        case (.ascii, .output): BoxStyle(("+", "+"), ("+", "+"), ("=", "|"), exit: "+")
        case (.ascii, .gradient): BoxStyle(("#", "#"), ("#", "#"), ("#", "#"), exit: "+")
        }
    }

    /// The character for a line that leaves a cell in these directions.
    func lineCharacter(_ directions: CharacterCanvas.Directions) -> Character {
        let index = directions.rawValue
        return switch self {
        case .unicode: Array(" │││─╯╮┤─╰╭├─┴┬┼")[index]
        case .ascii: Array(" |||-+++-+++-+++")[index]
        }
    }
}
