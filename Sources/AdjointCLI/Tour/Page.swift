import AdjointDiagrams
import ArgumentParser

/// A language of the tour.
enum Language: String, CaseIterable, ExpressibleByArgument {
    case en, zh

    /// The language of the user's environment, English if it is not one of these.
    static var ofEnvironment: Language {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap(Console.variable)
        return names.first?.hasPrefix("zh") == true ? .zh : .en
    }
}

/// A text in every language of the tour.
struct Phrase {
    let en: String
    let zh: String

    init(_ en: String, _ zh: String) {
        self.en = en
        self.zh = zh
    }

    subscript(language: Language) -> String {
        switch language {
        case .en: en
        case .zh: zh
        }
    }
}

/// The text of one step of the tour while it is written.
struct Page {
    /// No line is wider.
    static let width = 96

    let language: Language
    /// The lines below the heading, without an empty one at the end.
    private(set) var lines: [String] = []
    /// The drawings of the step, with the names of their files.
    private(set) var drawings: [(name: String, drawing: GraphDrawing)] = []

    init(_ language: Language) {
        self.language = language
    }

    /// Adds a paragraph.
    mutating func paragraph(_ en: String, _ zh: String) {
        block(Phrase(en, zh)[language].wrapped(to: Self.width), indent: 0)
    }

    /// Adds lines as they are.
    mutating func block(_ block: [String], indent: Int = 4) {
        if !lines.isEmpty { lines.append("") }
        lines += block.joined(separator: "\n").indented(by: indent)
    }

    /// Adds formulas, one a line.
    mutating func formulas(_ formulas: String...) { block(formulas) }

    /// Adds a table.
    mutating func table(_ table: TextTable) { block(table.lines) }

    /// Adds a drawing.
    mutating func draw(_ drawing: GraphDrawing, name: String) { draw([(drawing, name)]) }

    /// Adds drawings beside each other.
    mutating func draw(_ pictures: [(drawing: GraphDrawing, name: String)]) {
        drawings += pictures.map { ($0.name, $0.drawing) }
        do throws(DiagramError) {
            var rows: [String] = []
            for (drawing, _) in pictures {
                let text = try drawing.text().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                rows = rows.isEmpty ? text.map(String.init) : sideBySide(rows, text.map(String.init), gap: 8)
            }
            block(rows)
        } catch {
            block(["(\(error))"])
        }
    }

    /// A text in the language of the page.
    func text(_ en: String, _ zh: String) -> String { Phrase(en, zh)[language] }
}
