import Foundation

/// What a run of the built `adjoint-conformance` said.
struct Runner {
    struct Failure: Decodable, Sendable {
        let id: String
        let reasons: [String]
    }
    struct Report: Decodable, Sendable {
        let op: String
        let tier: Int?
        let passed: Int
        let failed: Int
        let skipped: Int
        let failures: [Failure]
        let refuted: [String]

        /// Whether every case passed.
        var isWhole: Bool { failed == 0 && skipped == 0 }
    }

    let reports: [Report]
    var passed: Int { reports.reduce(0) { $0 + $1.passed } }
    var failed: Int { reports.reduce(0) { $0 + $1.failed } }
    var skipped: Int { reports.reduce(0) { $0 + $1.skipped } }

    /// Reads a line an operator; the last line has the totals.
    init(_ lines: [String]) throws {
        reports = try lines.dropLast().map { try JSONDecoder().decode(Report.self, from: Data($0.utf8)) }
        struct Totals: Decodable { let passed, failed, skipped: Int }
        let totals = try JSONDecoder().decode(Totals.self, from: Data((lines.last ?? "").utf8))
        guard totals.passed == passed, totals.failed == failed, totals.skipped == skipped else {
            throw CocoaError(.coderInvalidValue)
        }
    }

    static func run(_ arguments: String...) throws -> Runner { try Runner(try lines(arguments).output) }

    /// Where the recorded cases are.
    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"

    /// The runner beside the tests.
    private static let executable: URL = {
        let started = CommandLine.arguments.map { URL(fileURLWithPath: $0) } + Bundle.allBundles.map(\.bundleURL)
        let folders = started.flatMap { url in
            sequence(first: url) { $0.path.count > 1 ? $0.deletingLastPathComponent() : nil }
        }
        let candidates = folders.map { $0.appendingPathComponent("adjoint-conformance") }
        return candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) } ?? candidates[0]
    }()

    /// What a run prints for people.
    static func text(_ arguments: [String]) throws -> String {
        try printed(arguments).output.joined(separator: "\n")
    }

    /// The lines of JSON that a run prints.
    static func lines(_ arguments: [String]) throws -> (output: [String], errors: String, code: Int32) {
        try printed(arguments + ["--json"])
    }

    private static func printed(_ arguments: [String]) throws -> (output: [String], errors: String, code: Int32) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (
            text.split(separator: "\n").map(String.init), String(decoding: try Data(contentsOf: errors), as: UTF8.self),
            process.terminationStatus
        )
    }
}
