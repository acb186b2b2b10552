import AdjointRuntime

/// Sums of products by Einstein's convention, as in `einsum("ij,jk->ik", a, b)`.
///
/// One letter names an axis; an ellipsis stands for the axes that are left over and broadcasts. A letter that occurs twice
/// in a term takes the diagonal; letters and ellipses that are not in the output are summed over. Without `->`, the output
/// has the ellipsis, then the letters that occur once, in the order of the alphabet with capitals first. Axes of extent 1
/// broadcast. Pairs are contracted by matrix products, cheapest result first. Linear in each operand.
/// - Fails: if the equation is not well formed, does not fit the operands, or extents of one letter differ.
public func einsum(_ equation: String, _ operands: Tensor...) -> Tensor { einsum(equation, operands) }

/// `einsum` of an array of operands.
public func einsum(_ equation: String, _ operands: [Tensor]) -> Tensor {
    attempt { () throws(TensorError) in
        if let failed = operands.first(where: { $0.failure != nil }) { return failed }
        let subscripts = try Subscripts(equation)
        return try Contraction(subscripts, operands).result()
    }
}

/// An axis's name in an equation.
private enum Label: Hashable {
    case letter(Character)
    /// An axis under the ellipsis, counted from its end.
    case rest(Int)
}

/// The terms of an equation: letters, with nil for the ellipsis.
private struct Subscripts {
    let inputs: [[Character?]]
    let output: [Character?]?
    let text: String

    init(_ equation: String) throws(TensorError) {
        text = equation
        let sides = equation.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false)
        guard sides.count <= 2, let left = sides.first else {
            throw Self.malformed(equation, "it has more than one arrow")
        }
        var inputs: [[Character?]] = []
        for term in left.split(separator: ",", omittingEmptySubsequences: false) {
            inputs.append(try Self.term(term, equation))
        }
        self.inputs = inputs
        guard sides.count == 2 else {
            output = nil
            return
        }
        let output = try Self.term(sides[1], equation)
        let letters = output.compactMap { $0 }
        guard Set(letters).count == letters.count else {
            throw Self.malformed(equation, "the output names an axis twice")
        }
        let known = Set(inputs.flatMap { $0.compactMap { $0 } })
        if let unknown = letters.first(where: { !known.contains($0) }) {
            throw Self.malformed(equation, "the output's \(unknown) is in no operand")
        }
        self.output = output
    }

    private static func term(_ text: Substring, _ equation: String) throws(TensorError) -> [Character?] {
        var (labels, rest) = ([Character?](), text)
        while let first = rest.first {
            if rest.hasPrefix("...") {
                guard !labels.contains(nil) else { throw malformed(equation, "a term has two ellipses") }
                labels.append(nil)
                rest = rest.dropFirst(3)
            } else if first.isASCII, first.isLetter {
                labels.append(first)
                rest = rest.dropFirst()
            } else {
                throw malformed(equation, "\"\(first)\" names no axis")
            }
        }
        return labels
    }

    static func malformed(_ equation: String, _ problem: String) -> TensorError {
        TensorError(
            .argument, "einsum", "\"\(equation)\": \(problem)",
            "write letters for axes, commas between operands and -> before the output, as in \"ij,jk->ik\"")
    }
}

/// Operands whose axes have names.
private struct Contraction {
    private var terms: [Term] = []
    private var output: [Label] = []

    private struct Term {
        var tensor: Tensor
        var labels: [Label]
        func extent(_ label: Label) -> Int { tensor.shape[labels.firstIndex(of: label)!] }
    }

    init(_ subscripts: Subscripts, _ operands: [Tensor]) throws(TensorError) {
        guard subscripts.inputs.count == operands.count, !operands.isEmpty else {
            throw Subscripts.malformed(
                subscripts.text, "it has \(subscripts.inputs.count) terms for \(operands.count) operands")
        }
        let dtype = operands.map(\.dtype).reduce(operands[0].dtype) { DType.promoted($0, $1) }
        var (ellipsisRank, extents) = (0, [Label: Int]())
        for (term, operand) in zip(subscripts.inputs, operands) {
            let named = term.count { $0 != nil }
            guard term.contains(nil) ? named <= operand.rank : named == operand.rank else {
                throw Subscripts.malformed(
                    subscripts.text, "a term of \(named) axes does not fit an operand of shape \(operand.shape)")
            }
            let free = operand.rank - named
            ellipsisRank = max(ellipsisRank, free)
            var labels: [Label] = []
            for label in term {
                if let label {
                    labels.append(.letter(label))
                } else {
                    labels += (0..<free).map { .rest(free - 1 - $0) }
                }
            }
            let single = try Self.takingDiagonals(Term(tensor: operand.to(dtype), labels: labels), subscripts.text)
            for label in single.labels {
                let (extent, known) = (single.extent(label), extents[label] ?? 1)
                guard extent == known || extent == 1 || known == 1 else {
                    throw Subscripts.malformed(
                        subscripts.text, "an axis has extent \(known) in one operand and \(extent) in another")
                }
                extents[label] = known == 1 ? extent : known
            }
            terms.append(single)
        }
        // An axis of extent 1 that broadcasts is left out of its operand.
        for index in terms.indices {
            for label in terms[index].labels where terms[index].extent(label) != extents[label]! {
                terms[index].tensor = terms[index].tensor.squeezed(terms[index].labels.firstIndex(of: label)!)
                terms[index].labels.removeAll { $0 == label }
            }
        }
        let rest = (0..<ellipsisRank).map { Label.rest(ellipsisRank - 1 - $0) }
        if let output = subscripts.output {
            self.output = output.flatMap { $0.map { [.letter($0)] } ?? rest }
        } else {
            let all = subscripts.inputs.flatMap { $0.compactMap { $0 } }
            let once = Set(all).filter { letter in all.count { $0 == letter } == 1 }
            self.output = rest + once.sorted { $0.asciiValue! < $1.asciiValue! }.map { .letter($0) }
        }
    }

    private static func takingDiagonals(_ term: Term, _ equation: String) throws(TensorError) -> Term {
        var term = term
        while let (first, second) = repeated(term.labels) {
            guard term.tensor.shape[first] == term.tensor.shape[second] else {
                throw Subscripts.malformed(equation, "the extents of a diagonal of \(term.tensor.shape) differ")
            }
            term.tensor = term.tensor.diagonal(axis1: first, axis2: second)
            let label = term.labels[first]
            term.labels.remove(at: second)
            term.labels.remove(at: first)
            term.labels.append(label)
        }
        return term
    }

    private static func repeated(_ labels: [Label]) -> (Int, Int)? {
        for (index, label) in labels.enumerated() {
            if let other = labels[(index + 1)...].firstIndex(of: label) { return (index, other) }
        }
        return nil
    }

    func result() throws(TensorError) -> Tensor {
        var terms = terms
        while terms.count > 1 {
            let (i, j) = Self.cheapestPair(terms, output)
            let needed = Self.needed(terms, output, without: i, j)
            let product = Self.product(
                Self.summed(terms[i], keeping: needed.union(terms[j].labels)),
                Self.summed(terms[j], keeping: needed.union(terms[i].labels)), needed)
            terms.remove(at: j)
            terms[i] = product
        }
        let last = Self.summed(terms[0], keeping: Set(output))
        return Self.arranged(last, output).tensor
    }

    /// What is needed after a pair is contracted.
    private static func needed(_ terms: [Term], _ output: [Label], without i: Int, _ j: Int) -> Set<Label> {
        var needed = Set(output)
        for (index, term) in terms.enumerated() where index != i && index != j { needed.formUnion(term.labels) }
        return needed
    }

    /// The pair with the smallest product; the first of equals.
    private static func cheapestPair(_ terms: [Term], _ output: [Label]) -> (Int, Int) {
        var (best, size) = ((0, 1), Double.infinity)
        guard terms.count > 2 else { return best }
        for i in 0..<terms.count {
            for j in i + 1..<terms.count {
                let needed = needed(terms, output, without: i, j)
                var (product, seen) = (1.0, Set<Label>())
                for term in [terms[i], terms[j]] {
                    for label in term.labels where needed.contains(label) && seen.insert(label).inserted {
                        product *= Double(term.extent(label))
                    }
                }
                if product < size { (best, size) = ((i, j), product) }
            }
        }
        return best
    }

    /// The term summed over the axes that nobody needs.
    private static func summed(_ term: Term, keeping: Set<Label>) -> Term {
        let gone = term.labels.indices.filter { !keeping.contains(term.labels[$0]) }
        guard !gone.isEmpty else { return term }
        let kept = term.labels.filter { keeping.contains($0) }
        let moved = arranged(term, kept + gone.map { term.labels[$0] }).tensor
        let length = gone.reduce(1) { $0 * term.tensor.shape[$1] }
        return Term(
            tensor: moved.reshaped(moved.shape.extents.prefix(kept.count) + [length]).sum(axis: -1), labels: kept)
    }

    /// The term with its axes in an order.
    private static func arranged(_ term: Term, _ labels: [Label]) -> Term {
        guard term.labels != labels else { return term }
        let order = labels.map { term.labels.firstIndex(of: $0)! }
        return Term(tensor: bind(Permute(order: order), term.tensor), labels: labels)
    }

    /// The product of two terms, summed over what both have and nobody needs.
    private static func product(_ a: Term, _ b: Term, _ needed: Set<Label>) -> Term {
        let shared = a.labels.filter { b.labels.contains($0) }
        let (batch, summed) = (shared.filter(needed.contains), shared.filter { !needed.contains($0) })
        let (freeA, freeB) = (a.labels.filter { !shared.contains($0) }, b.labels.filter { !shared.contains($0) })
        func count(_ term: Term, _ labels: [Label]) -> Int { labels.reduce(1) { $0 * term.extent($1) } }
        let (m, k, n) = (count(a, freeA), count(a, summed), count(b, freeB))
        let lead = batch.map { a.extent($0) }
        let left = arranged(a, batch + freeA + summed).tensor.reshaped(lead + [m, k])
        let right = arranged(b, batch + summed + freeB).tensor.reshaped(lead + [k, n])
        let product: Tensor
        if summed.isEmpty {
            product = left * right
        } else if freeA.isEmpty, freeB.isEmpty, !batch.isEmpty {
            product = (left * right.matrixTransposed()).sum(axis: -1, keepDims: true)
        } else {
            product = left.matmul(right)
        }
        return Term(
            tensor: product.reshaped(lead + freeA.map { a.extent($0) } + freeB.map { b.extent($0) }),
            labels: batch + freeA + freeB)
    }
}
