/// An SVG picture under construction, with the parts that graphs and charts share.
struct SVGDocument {
    private var body: [String] = []

    mutating func add(_ element: String) {
        body.append(element)
    }

    /// Adds a line of text; `attributes` must not contain unescaped text.
    mutating func addText(_ text: String, x: Int, y: Int, _ attributes: String) {
        add("<text x=\"\(x)\" y=\"\(y)\" \(attributes)>\(text.xmlEscaped)</text>")
    }

    /// Adds the elements of another document, moved to a place.
    mutating func add(_ other: SVGDocument, x: Int, y: Int) {
        add("<g transform=\"translate(\(x) \(y))\">")
        body += other.body
        add("</g>")
    }

    /// The whole document, which carries its own styles and names itself to screen readers.
    func rendered(name: String, width: Int, height: Int, title: String, description: String, style: String) -> String {
        let heading = """
            <svg xmlns="http://www.w3.org/2000/svg" class="\(name)" role="img" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', \
            'PingFang SC', 'Microsoft YaHei', sans-serif">
            <title>\(title.sanitizedLine.xmlEscaped)</title>
            <desc>\(description.sanitizedLine.xmlEscaped)</desc>
            <style>
            \(style)
            </style>
            <rect class="ground" width="\(width)" height="\(height)" rx="8"/>
            """
        return heading + "\n" + body.joined(separator: "\n") + "\n</svg>\n"
    }
}

extension String {
    /// An estimate of the text's width in pixels that errs on the wide side, as fonts differ between machines.
    func pixels(fontSize: Int, bold: Bool = false) -> Int {
        let ems = reduce(0.0) { $0 + $1.ems }
        return Int((ems * Double(fontSize) * (bold ? 1.08 : 1)).rounded(.up))
    }
}

extension Character {
    fileprivate var ems: Double {
        switch columns {
        case 0: 0
        case 2: 1.02
        default:
            switch self {
            case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", "(", ")", "[", "]", " ": 0.4
            case "m", "w", "M", "W", "@", "%", "→", "←": 0.98
            case "A"..."Z", "+", "-", "=", "<", ">", "~", "#": 0.76
            default: 0.64
            }
        }
    }
}

extension Double {
    /// The number as an SVG coordinate, to a hundredth of a pixel.
    var coordinate: String {
        let rounded = (self * 100).rounded() / 100
        let text = rounded.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
