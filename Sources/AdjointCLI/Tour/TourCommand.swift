import AdjointDiagrams
import AdjointFiles
import ArgumentParser

/// `adjoint tour`: the study note on automatic differentiation, run step by step.
struct TourCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tour",
        abstract: "A guided tour of automatic differentiation; every number is computed as you read.",
        discussion: """
            Examples:
              adjoint tour --step
              adjoint tour --lang zh --only 4
              adjoint tour --svg-dir pictures
            """)

    @Option(help: "The language: en or zh (default: that of the environment).")
    var lang: Language = .ofEnvironment

    @Flag(help: "Waits for the Return key between steps; q quits.")
    var step = false

    @Flag(help: "Lists the steps.")
    var list = false

    @Option(help: ArgumentHelp("Shows one step only.", valueName: "number"))
    var only: Int?

    @Option(help: ArgumentHelp("Writes the drawings as SVG into a folder.", valueName: "folder"))
    var svgDir: String?

    func validate() throws {
        let steps = TourStep.all.count
        if let only, !(1...steps).contains(only) {
            throw ValidationError("--only takes the number of a step, 1 to \(steps), not \(only).")
        }
    }

    func run() throws {
        let steps = Array(TourStep.all.enumerated()).filter { only == nil || $0.offset + 1 == only }
        if list {
            for (index, step) in steps { print("\(index + 1)".padded(to: 2, right: true) + "  " + step.title[lang]) }
            return
        }
        if let svgDir { try OutputFile.makeFolder(svgDir) }
        for (index, step) in steps {
            var page = Page(lang)
            step.write(&page)
            let heading = "\(index + 1). \(step.title[lang])"
            Console.write(([Console.bold(heading), rule(heading), ""] + page.lines).joined(separator: "\n") + "\n\n")
            if let svgDir { try write(page.drawings, into: svgDir) }
            if index != steps.last?.offset, !mayContinue() { break }
        }
    }

    private func rule(_ heading: String) -> String { String(repeating: "═", count: heading.columns) }

    private func write(_ drawings: [(name: String, drawing: GraphDrawing)], into folder: String) throws {
        for (name, drawing) in drawings {
            let path = folder + "/" + name + ".svg"
            try OutputFile.write(try drawing.svg(), to: path)
            print("→ \(path)\n")
        }
    }

    /// Waits for Return where somebody can press it; whether the tour goes on.
    private func mayContinue() -> Bool {
        guard step, Console.readsKeyboard else { return true }
        Console.write(lang == .zh ? "—— 按回车键继续，输入 q 退出 —— " : "-- Return continues, q quits -- ")
        guard let answer = readLine() else { return false }
        print()
        return answer.first != "q" && answer.first != "Q"
    }
}
