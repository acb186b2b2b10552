import Adjoint
import AdjointFiles
import Foundation

/// The handwritten digits that come with the command: images of 8×8 pixels and what they show.
struct Digits {
    /// The number of pixels along each side of an image.
    static let side = 8
    /// The number of pixels of an image.
    static let pixels = side * side
    /// The number of images at the end of the data that no training sees.
    static let heldOut = 360

    /// Images, row by row with pixels from 0 to 1, and the digits they show.
    struct Samples {
        let images: [Float]
        let labels: [Int]

        /// The number of images.
        var count: Int { labels.count }

        /// The images [count, 64].
        var tensor: Tensor { Tensor(images, shape: [count, Digits.pixels]) }

        /// The samples at these places.
        func picked(_ places: ArraySlice<Int>) -> Samples {
            Samples(
                images: places.flatMap { images[$0 * Digits.pixels..<($0 + 1) * Digits.pixels] },
                labels: places.map { labels[$0] })
        }
    }

    /// Why the data cannot be used.
    struct Damage: Error, CustomStringConvertible {
        let description: String
    }

    /// The images to learn from.
    let training: Samples
    /// The images held out.
    let test: Samples

    /// Reads the data that come with the program.
    init() throws {
        guard let path = Bundle.module.path(forResource: "Resources/digits.csv", ofType: "gz") else {
            throw Damage(description: "digits.csv.gz is missing from the program's resources")
        }
        try self.init(csv: try Gzip.decompress(try FileBytes.read(path)))
    }

    /// Reads lines of 64 pixels from 0 to 16 and a digit.
    init(csv: [UInt8]) throws {
        var images: [Float] = []
        var labels: [Int] = []
        for (index, line) in csv.split(separator: UInt8(ascii: "\n")).enumerated() {
            let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            let numbers = fields.compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            guard fields.count == Self.pixels + 1, numbers.count == fields.count else {
                throw Damage(description: "line \(index + 1) does not hold \(Self.pixels) pixels and a digit")
            }
            guard numbers.dropLast().allSatisfy((0...16).contains), (0...9).contains(numbers[Self.pixels]) else {
                throw Damage(description: "line \(index + 1) holds a pixel or a digit out of range")
            }
            images += numbers.dropLast().map { Float($0) / 16 }
            labels.append(numbers[Self.pixels])
        }
        guard labels.count > Self.heldOut else {
            throw Damage(description: "there are only \(labels.count) digits, and \(Self.heldOut) are to be held out")
        }
        let all = Samples(images: images, labels: labels)
        let boundary = labels.count - Self.heldOut
        training = all.picked((0..<boundary).map { $0 }[...])
        test = all.picked((boundary..<labels.count).map { $0 }[...])
    }
}
