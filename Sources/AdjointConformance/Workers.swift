import Dispatch
import Foundation
import Synchronization

/// Runs cases in processes of their own: a case that ends its process, or does not end, fails alone.
struct Workers {
    /// What a worker needs to find the same cases.
    let arguments: [String]
    /// Seconds that a case may take.
    let timeout: Double

    /// Runs the cases of a range and reports what is wrong with each.
    func run(_ range: Range<Int>, _ report: (Int, [String]) -> Void) throws {
        var next = range.lowerBound
        while next < range.upperBound {
            let start = next
            var isUnderWay = false
            let end = try process(next..<range.upperBound) { index, reasons in
                next = index
                isUnderWay = reasons == nil
                guard let reasons else { return }
                report(index, reasons)
                next += 1
            }
            guard next < range.upperBound else { return }
            guard isUnderWay || next > start else { throw CaseError("the worker does not start: \(end)") }
            report(next, [end])
            next += 1
        }
    }

    /// Starts one worker and reads what it says: nil reasons for a case that begins. Returns how it ended.
    private func process(_ range: Range<Int>, _ told: (Int, [String]?) throws -> Void) throws -> String {
        let process = Process()
        process.executableURL = Bundle.main.executableURL
        process.arguments = arguments + ["--worker", "\(range.lowerBound)", "--worker", "\(range.upperBound)"]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        // A case that ends its process explains itself at length.
        process.standardError = FileHandle.nullDevice
        try process.run()

        let latest = Mutex(Date())
        let isLate = Mutex(false)
        let watch = DispatchSource.makeTimerSource()
        watch.schedule(deadline: .now() + 1, repeating: 1)
        watch.setEventHandler {
            guard latest.withLock({ $0 }).timeIntervalSinceNow < -timeout else { return }
            isLate.withLock { $0 = true }
            process.interrupt()
            process.terminate()
        }
        watch.resume()
        defer { watch.cancel() }

        var buffer: [UInt8] = []
        while true {
            let bytes = output.fileHandleForReading.availableData
            if bytes.isEmpty { break }
            latest.withLock { $0 = Date() }
            buffer += bytes
            while let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let message = try JSON(parsing: Array(buffer[..<end]))
                buffer.removeSubrange(...end)
                switch message {
                case .array(let parts): try told(try Self.index(parts), try Self.reasons(parts))
                default: throw CaseError("a worker said something else")
                }
            }
        }
        process.waitUntilExit()
        if isLate.withLock({ $0 }) { return "it took more than \(Int(timeout)) seconds" }
        return process.terminationReason == .uncaughtSignal
            ? "the process was ended by signal \(process.terminationStatus)"
            : "the process ended with code \(process.terminationStatus)"
    }

    /// A worker says `[index]` before a case and `[index, [reasons]]` after it.
    private static func index(_ parts: [JSON]) throws -> Int {
        guard case .int(let index)? = parts.first else { throw CaseError("a worker named no case") }
        return index
    }

    private static func reasons(_ parts: [JSON]) throws -> [String]? {
        guard parts.count > 1 else { return nil }
        guard case .array(let reasons) = parts[1] else { throw CaseError("a worker gave no reasons") }
        return try reasons.map { try Case.text($0) }
    }
}
