#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension Double {
    /// The shortest text that reads back as this number, without ".0" for whole numbers.
    var shortest: String {
        let text = "\(self)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// The number with at most so many digits after the point, without zeros at the end.
    func rounded(to digits: Int) -> String {
        guard isFinite else { return shortest }
        var text = fixed(digits)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// The number with so many digits after the point; a negative number that rounds to zero loses its sign.
    func fixed(_ digits: Int) -> String {
        let text = printed(digits, "f")
        return text.first == "-" && text.allSatisfy { "-0.".contains($0) } ? String(text.dropFirst()) : text
    }

    /// The number with a power of ten and so many digits after the point.
    func scientific(_ digits: Int) -> String { printed(digits, "e") }

    private func printed(_ digits: Int, _ conversion: Character) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
            withVaList([Int32(digits), self]) { arguments in
                _ = vsnprintf(buffer.baseAddress!, buffer.count, "%.*\(conversion)", arguments)
            }
            return String(cString: buffer.baseAddress!)
        }
    }
}

extension Int {
    /// The number with a separator between groups of three digits.
    var grouped: String {
        var text = ""
        for (index, digit) in String(magnitude).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (self < 0 ? "-" : "") + String(text.reversed())
    }
}
