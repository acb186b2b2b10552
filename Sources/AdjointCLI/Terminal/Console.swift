import ArgumentParser

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Standard input, output and error as a terminal or as files.
enum Console {
    /// Whether somebody reads the output on a terminal.
    static let showsOutput = isatty(1) == 1
    /// Whether somebody may type.
    static let readsKeyboard = isatty(0) == 1

    /// Whether headings may be emphasised; the variable NO_COLOR turns that off (no-color.org).
    static let emphasises = showsOutput && variable("NO_COLOR") == nil && variable("TERM") != "dumb"

    /// An environment variable, nil if it is not set or empty.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// The text in bold letters where the terminal allows.
    static func bold(_ text: String) -> String {
        emphasises ? "\u{1B}[1m\(text)\u{1B}[0m" : text
    }

    /// Writes text at once, without a line break.
    static func write(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }

    /// Writes a line to standard error.
    static func complain(_ message: String) {
        writeToStandardError(message + "\n")
    }

    /// Says what is wrong with the arguments; the caller throws the result.
    static func usageError(_ message: String) -> ExitCode { failure("error: \(message)", .validationFailure) }

    /// Says what went wrong; the caller throws the result.
    static func failure(_ message: String, _ code: ExitCode = .failure) -> ExitCode {
        fflush(nil)
        complain(message)
        return code
    }
}

/// The C library's `stderr` is a variable, which Swift 6 does not let us share; the descriptor is a constant.
private func writeToStandardError(_ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        guard written > 0 else { return }
        rest = rest.dropFirst(written)
    }
}
