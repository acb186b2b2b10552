import Foundation

/// The built `adjoint` command, run as a process of its own.
struct Program {
    /// What a run left behind.
    struct Outcome {
        let output: String
        let errors: String
        let code: Int32

        /// The lines of the output.
        var lines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }

    /// The folder that the tests were built into, which holds the command too.
    static let folder: URL = {
        let started = CommandLine.arguments.map { URL(fileURLWithPath: $0) } + Bundle.allBundles.map(\.bundleURL)
        let candidates = started.flatMap { url in
            sequence(first: url) { $0.path.count > 1 ? $0.deletingLastPathComponent() : nil }
        }
        return candidates.first {
            FileManager.default.isExecutableFile(atPath: $0.appendingPathComponent("adjoint").path)
        }
            ?? URL(fileURLWithPath: ".")
    }()

    /// The command; another copy of it may be given.
    var url = folder.appendingPathComponent("adjoint")
    var environment: [String: String] = [:]
    var directory: URL?

    /// Runs the command to its end.
    static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
        try Program(environment: environment).run(arguments)
    }

    /// Runs the command to its end; `whileRunning` is called once it has printed something.
    func run(_ arguments: [String], whileRunning: ((Process) -> Void)? = nil) throws -> Outcome {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        process.environment = ["LANG": "C", "PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.currentDirectoryURL = directory
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (
            Pipe(), FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        )
        process.standardOutput = output
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        var text = Data()
        if let whileRunning {
            text += output.fileHandleForReading.availableData
            whileRunning(process)
        }
        text += output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Outcome(
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self), code: process.terminationStatus)
    }
}

/// A folder that exists while `body` runs.
func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("adjoint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
