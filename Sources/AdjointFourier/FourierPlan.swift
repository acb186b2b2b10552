import AdjointRuntime
import CKernels
import RealModule
import Synchronization

/// What transforms of one length need: how it is cut, and tables of roots of unity. Made once and shared.
final class FourierPlan: Sendable {
    /// A length whose largest prime factor is 13: passes over points that are gathered from memory together.
    struct Direct: Sendable {
        let length: Int
        let factors: [Int32]
        let roots: [Double]
    }

    enum Method: Sendable {
        case direct(Direct)
        /// `first` · `second` points as a matrix: its columns, a factor for each element, its rows (Bailey 1990).
        case matrix(first: Direct, second: Direct, twist: Roots)
        /// Any length as a convolution with a chirp exp(−iπj²/n) (Bluestein 1970).
        case chirp(Chirp)
    }

    struct Chirp: Sendable {
        let convolution: FourierPlan
        let chirp: [Double]
        /// The transform of the conjugate chirp, divided by the length of the convolution.
        let spectrum: [Double]
    }

    /// The roots of unity exp(−2πie/n) as products of two tables.
    struct Roots: Sendable {
        let fine: [Double]
        let coarse: [Double]
        let shift: Int

        init(_ n: Int) {
            var shift = 0
            while n > 1 << 12, 1 << (2 * shift) < n { shift += 1 }
            if shift == 0 { while 1 << shift < n { shift += 1 } }
            self.shift = shift
            fine = FourierPlan.roots(n, count: Swift.min(1 << shift, n))
            coarse = FourierPlan.roots(n, step: 1 << shift, count: n >> shift + 1)
        }

        func withUnsafe<R>(_ body: (UnsafePointer<adj_fourier_roots>) throws(TensorError) -> R) throws(TensorError) -> R
        {
            try fine.unsafe { fine throws(TensorError) in
                try coarse.unsafe { coarse throws(TensorError) in
                    var roots = adj_fourier_roots(fine: fine, coarse: coarse, shift: Int64(shift))
                    return try body(&roots)
                }
            }
        }
    }

    let length: Int
    let method: Method

    /// The longest transform that is one set of passes: beyond it the passes leave the fast caches.
    private static let longestDirect = 1 << 10
    private static let radices = [4, 2, 3, 5, 7, 11, 13]

    private init(_ n: Int) throws(TensorError) {
        length = n
        if let factors = Self.factors(n) {
            method = n <= Self.longestDirect ? .direct(Self.direct(n, factors)) : Self.matrix(n, factors)
        } else {
            method = .chirp(try Self.chirp(n))
        }
    }

    /// The factors of a length; nil if a prime is too large.
    private static func factors(_ n: Int) -> [Int]? {
        var (rest, factors) = (n, [Int]())
        for radix in radices {
            while rest % radix == 0 {
                factors.append(radix)
                rest /= radix
            }
        }
        return rest == 1 ? factors : nil
    }

    private static func direct(_ n: Int, _ factors: [Int]) -> Direct {
        Direct(length: n, factors: factors.map { Int32($0) }, roots: roots(n, count: n))
    }

    /// Two factors as near to each other as taking the large ones first brings them.
    private static func matrix(_ n: Int, _ factors: [Int]) -> Method {
        var (first, second) = (1, 1)
        for factor in factors.sorted(by: >) {
            if first <= second { first *= factor } else { second *= factor }
        }
        return .matrix(
            first: direct(first, self.factors(first)!), second: direct(second, self.factors(second)!), twist: Roots(n))
    }

    private static func chirp(_ n: Int) throws(TensorError) -> Chirp {
        var m = 2 * n - 1
        while smoothPart(m) != 1 { m += 1 }
        let convolution = try FourierPlan.plan(m)
        // j² mod 2n, from one to the next without overflow.
        var (chirp, square) = ([Double](), 0)
        chirp.reserveCapacity(2 * n)
        for j in 0..<n {
            let root = root(square, 2 * n)
            chirp += [root.0, root.1]
            square = (square + 2 * j + 1) % (2 * n)
        }
        let wrapped = try TensorValue(uninitialized: TensorType(Shape(m), .complex128))
        let numbers = wrapped.elements.bindMemory(to: Double.self, capacity: 2 * m)
        numbers.update(repeating: 0, count: 2 * m)
        for j in 0..<n {
            for place in [j, (m - j) % m] {
                numbers[2 * place] = chirp[2 * j]
                numbers[2 * place + 1] = -chirp[2 * j + 1]
            }
        }
        let points = FourierPoints(complex: wrapped, inner: 1, length: m)
        try FourierTransformer(convolution, inverse: false, scale: 1 / Double(m)).run(points, points, count: 1)
        return Chirp(
            convolution: convolution, chirp: chirp,
            spectrum: Array(UnsafeBufferPointer(start: numbers, count: 2 * m)))
    }

    /// What is left of a length after its factors 2, 3 and 5.
    private static func smoothPart(_ n: Int) -> Int {
        var rest = n
        for prime in [2, 3, 5] {
            while rest % prime == 0 { rest /= prime }
        }
        return rest
    }

    static func roots(_ n: Int, step: Int = 1, count: Int) -> [Double] {
        var roots: [Double] = []
        roots.reserveCapacity(2 * count)
        for index in 0..<count {
            let root = root(index * step % n, n)
            roots.append(root.0)
            roots.append(root.1)
        }
        return roots
    }

    /// exp(−2πik/n) for 0 ≤ k < n: the angle is brought into the first eighth of the circle in whole numbers, so that it is exact
    /// and symmetric, and right angles give exact zeros.
    private static func root(_ k: Int, _ n: Int) -> (Double, Double) {
        // The quadrant, and what is left of 4k/n there.
        let (quadrant, rest) = (4 * k / n, 4 * k % n)
        let mirrored = 2 * rest > n
        let angle = Double.pi / 2 * (Double(mirrored ? n - rest : rest) / Double(n))
        let (c, s) = mirrored ? (Double.sin(angle), Double.cos(angle)) : (Double.cos(angle), Double.sin(angle))
        return switch quadrant {
        case 0: (c, -s)
        case 1: (-s, -c)
        case 2: (-c, s)
        default: (s, c)
        }
    }
}

extension FourierPlan {
    /// The plans of this process. Beyond the limit all are forgotten: a program that uses ever new lengths keeps none.
    private struct Cache: Sendable {
        var plans: [Int: FourierPlan] = [:]
        var roots: [Int: Roots] = [:]
        var size = 0

        mutating func keep(_ count: Int, _ add: (inout Cache) -> Void) {
            if size + count > FourierPlan.cacheLimit { self = Cache() }
            add(&self)
            size += count
        }
    }
    private static let cache = Mutex(Cache())
    private static let cacheLimit = 1 << 22

    /// The plan of a length.
    static func plan(_ n: Int) throws(TensorError) -> FourierPlan {
        if let plan = cache.withLock({ $0.plans[n] }) { return plan }
        let plan = try FourierPlan(n)
        cache.withLock { $0.keep(plan.size) { $0.plans[n] = plan } }
        return plan
    }

    /// The roots of unity of a length.
    static func roots(_ n: Int) -> Roots {
        if let roots = cache.withLock({ $0.roots[n] }) { return roots }
        let roots = Roots(n)
        cache.withLock { $0.keep(roots.fine.count + roots.coarse.count) { $0.roots[n] = roots } }
        return roots
    }

    /// Numbers in the tables.
    private var size: Int {
        switch method {
        case .direct(let direct): direct.roots.count
        case .matrix(let first, let second, let twist):
            first.roots.count + second.roots.count + twist.fine.count + twist.coarse.count
        case .chirp(let chirp): chirp.chirp.count + chirp.spectrum.count
        }
    }
}

extension FourierPlan.Direct {
    func withUnsafe(_ body: (UnsafePointer<adj_fourier_plan>) throws(TensorError) -> Void) throws(TensorError) {
        try factors.unsafe { factors throws(TensorError) in
            try roots.unsafe { roots throws(TensorError) in
                var plan = adj_fourier_plan(
                    n: Int64(length), factors: factors, factor_count: Int32(self.factors.count), roots: roots)
                try body(&plan)
            }
        }
    }
}

extension Array {
    /// The first element's place, for the time of `body`; a typed error passes through.
    func unsafe<R>(_ body: (UnsafePointer<Element>) throws(TensorError) -> R) throws(TensorError) -> R {
        let result = withUnsafeBufferPointer { buffer in
            Result<R, TensorError> { () throws(TensorError) in try body(buffer.baseAddress!) }
        }
        return try result.get()
    }
}
