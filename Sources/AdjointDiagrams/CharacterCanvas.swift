/// A grid of characters on which boxes and lines are drawn.
struct CharacterCanvas {
    /// The directions in which a line leaves a cell.
    struct Directions: OptionSet, Hashable {
        let rawValue: Int
        static let up = Directions(rawValue: 1)
        static let down = Directions(rawValue: 2)
        static let left = Directions(rawValue: 4)
        static let right = Directions(rawValue: 8)
    }

    private enum Cell {
        case blank
        case line(net: Int, Directions)
        /// One line passes over another; no further line can meet here.
        case crossing
        case character(Character)
        /// The second column of a wide character.
        case covered
    }

    private var rows: [[Cell]]

    init(columns: Int, rows: Int) {
        self.rows = Array(repeating: Array(repeating: .blank, count: columns), count: rows)
    }

    mutating func drawHorizontal(net: Int, row: Int, columns: ClosedRange<Int>) {
        for column in columns {
            if column > columns.lowerBound { connect(net, row, column, .left) }
            if column < columns.upperBound { connect(net, row, column, .right) }
        }
    }

    mutating func drawVertical(net: Int, column: Int, rows: ClosedRange<Int>) {
        for row in rows {
            if row > rows.lowerBound { connect(net, row, column, .up) }
            if row < rows.upperBound { connect(net, row, column, .down) }
        }
    }

    /// Puts a character over whatever is there.
    mutating func put(_ character: Character, row: Int, column: Int) {
        rows[row][column] = .character(character)
        if character.columns == 2 { rows[row][column + 1] = .covered }
    }

    /// Writes a text that starts in a column.
    mutating func write(_ text: String, row: Int, column: Int) {
        var column = column
        for character in text where character.columns > 0 {
            put(character, row: row, column: column)
            column += character.columns
        }
    }

    /// The drawing as lines of text without trailing blanks.
    func rendered(_ style: GraphDrawing.TextStyle) -> String {
        rows.map { row in
            var line = ""
            var blanks = 0
            for cell in row {
                let character: Character
                switch cell {
                case .blank:
                    blanks += 1
                    continue
                case .covered:
                    continue
                case .character(let own): character = own
                case .crossing: character = style.lineCharacter([.up, .down])
                case .line(_, let directions): character = style.lineCharacter(directions)
                }
                line += String(repeating: " ", count: blanks)
                line.append(character)
                blanks = 0
            }
            return line + "\n"
        }.joined()
    }

    private mutating func connect(_ net: Int, _ row: Int, _ column: Int, _ direction: Directions) {
        switch rows[row][column] {
        case .blank: rows[row][column] = .line(net: net, direction)
        case .line(net, let directions): rows[row][column] = .line(net: net, directions.union(direction))
        case .line: rows[row][column] = .crossing
        case .crossing, .character, .covered: break
        }
    }
}
