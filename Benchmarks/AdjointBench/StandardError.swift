import Foundation

/// Where messages go.
struct StandardError: TextOutputStream {
    mutating func write(_ text: String) { FileHandle.standardError.write(Foundation.Data(text.utf8)) }
}

nonisolated(unsafe) var standardError = StandardError()
