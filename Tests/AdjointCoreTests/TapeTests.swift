import AdjointCore
import AdjointRuntime
import Synchronization
import Testing

@Suite struct TapeTests {
    private func leaf(_ elements: Double...) -> Tensor {
        Tensor(elements, shape: [elements.count]).requiringGrad()
    }

    @Test func backwardAddsToLeavesOnly() throws {
        let (x, w) = (leaf(1, 2), leaf(3, 4))
        let h = x * w
        h.sum().backward()
        #expect(try #require(x.grad).doubles == [3, 4])
        #expect(try #require(w.grad).doubles == [1, 2])
        #expect(h.grad == nil && !h.isLeaf && h.requiresGrad)
        (2 * x).sum().backward()
        #expect(try #require(x.grad).doubles == [5, 6])
        #expect(try #require(x.grad).requiresGrad == false)
    }

    @Test func zeroGradAndNil() {
        let x = leaf(1, 2)
        x.zeroGrad()
        #expect(x.grad == nil)
        x.square().sum().backward()
        let kept = x.grad!
        x.zeroGrad()
        #expect(x.grad!.doubles == [0, 0] && kept.doubles == [2, 4])
        x.grad = nil
        #expect(x.grad == nil)
        x.square().sum().backward()
        #expect(x.grad!.doubles == [2, 4])
    }

    @Test func aGradientThatIsHeldDoesNotChange() {
        let x = leaf(1, 2)
        x.sum().backward()
        let first = x.grad!
        x.sum().backward()
        #expect(first.doubles == [1, 1] && x.grad!.doubles == [2, 2])
    }

    @Test func aGradientMayBeAssigned() {
        let x = leaf(1, 2)
        x.grad = vector(10, 20)
        x.sum().backward()
        #expect(x.grad!.doubles == [11, 21])
    }

    @Test func copiesOfALeafShareItsGradient() {
        let x = leaf(1, 2)
        let y = x
        y.sum().backward()
        #expect(x.grad!.doubles == [1, 1])
        #expect(x.requiringGrad().grad!.doubles == [1, 1])
    }

    @Test func aComputedTensorCanKeepItsGradient() {
        let x = leaf(1, 2)
        let h = x * 3
        #expect(!h.retainsGrad && x.retainsGrad)
        h.retainGrad()
        #expect(h.retainsGrad)
        (h * h).sum().backward()
        #expect(h.grad!.doubles == [6, 12] && x.grad!.doubles == [18, 36])
    }

    @Test func hooksRunInOrderReplaceAndGo() {
        let x = leaf(1, 2)
        let order = Mutex<[String]>([])
        let first = x.registerHook { g in
            order.withLock { $0.append("first \(g.doubles)") }
            return g * 2
        }
        x.registerHook { g in
            order.withLock { $0.append("second \(g.doubles)") }
            return nil
        }
        (x + x).sum().backward()
        #expect(order.withLock { $0 } == ["first [2.0, 2.0]", "second [4.0, 4.0]"])
        #expect(x.grad!.doubles == [4, 4])
        first.remove()
        first.remove()
        x.grad = nil
        x.sum().backward()
        #expect(order.withLock { $0.last } == "second [1.0, 1.0]")
        #expect(order.withLock { $0.count } == 3 && x.grad!.doubles == [1, 1])
    }

    @Test func aHookOnAComputedTensorChangesWhatPassesIt() {
        let x = leaf(1, 2)
        let h = x * 3
        h.retainGrad()
        h.registerHook { $0.clamp(min: -1, max: 1) }
        (h * h).sum().backward()
        #expect(h.grad!.doubles == [1, 1] && x.grad!.doubles == [3, 3])
        // The same by gradients(of:withRespectTo:), which touches no grad.
        let z = x * 3
        z.registerHook { $0 * 0 }
        #expect(gradients(of: [z.sum()], withRespectTo: [x])[0].doubles == [0, 0])
        #expect(x.grad!.doubles == [3, 3])
    }

    @Test func aHookThatChangesTheShapeFailsAndNothingIsAccumulated() {
        let (x, w) = (leaf(1, 2), leaf(3, 4))
        let handle = x.registerHook { $0.sum() }
        #expect(throws: TensorError.self) { try checked { (x * w).sum().backward() } }
        #expect(x.grad == nil && w.grad == nil)
        handle.remove()
        (x * w).sum().backward()
        #expect(x.grad!.doubles == [3, 4])
    }

    @Test func retainGraphAllowsMorePasses() {
        let x = leaf(1, 2)
        let y = x.exp().sum()
        let once = gradients(of: [y], withRespectTo: [x], retainGraph: true)[0].doubles
        y.backward(retainGraph: true)
        y.backward()
        #expect(isClose(x.grad!.doubles, once.map { 2 * $0 }))
        #expect(throws: TensorError.self) { try checked { y.backward() } }
        #expect(isClose(x.grad!.doubles, once.map { 2 * $0 }))
    }

    @Test func aSecondPassNamesAllPlacesEvenIfNothingWasSaved() throws {
        let x = leaf(1)
        let (y, made) = (x + x, #line)
        let passed = #line + 1
        y.backward()
        let (found, refused) = (failure { y.backward() }, #line)
        let error = try #require(found)
        #expect(error.kind == .graphFreed && x.grad!.doubles == [2])
        for line in [made, passed, refused] {
            #expect(error.description.contains("TapeTests.swift:\(line) "), "\(error)")
        }
    }

    @Test func aFreedPartOfASharedGraphIsRefused() {
        let x = leaf(1, 2)
        let h = x.exp()
        let (first, second) = ((h * 2).sum(), (h * 3).sum())
        first.backward()
        let before = x.grad!.doubles
        #expect(throws: TensorError.self) { try checked { second.backward() } }
        #expect(x.grad!.doubles == before)
    }

    @Test func createGraphGoesToTheThirdOrderAndBeyond() {
        // x⁵: 5x⁴, 20x³, 60x², 120x
        let x = leaf(2)
        var y = x * x * x * x * x
        for expected in [80.0, 160, 240, 240] {
            y = gradients(of: [y.sum()], withRespectTo: [x], createGraph: true)[0]
            #expect(y.doubles == [expected])
        }
        let sine = leaf(0.7)
        var z = sine.sin()
        for _ in 0..<4 { z = gradients(of: [z.sum()], withRespectTo: [sine], createGraph: true)[0] }
        #expect(isClose(z.doubles, sine.sin().doubles, 1e-15))
    }

    @Test func gradientsWithoutCreateGraphAreConstants() {
        let x = leaf(2)
        let g = (x * x).sum().gradient(withRespectTo: x)
        #expect(!g.requiresGrad && g.doubles == [4] && x.grad == nil)
        let h = (x * x).sum().gradient(withRespectTo: x, createGraph: true)
        #expect(h.requiresGrad)
        h.sum().backward()
        #expect(x.grad!.doubles == [2])
    }

    @Test func unusedInputsAreAnErrorZerosOrNil() throws {
        let (x, unused) = (leaf(1, 2), Tensor.ones(2, 3).requiringGrad())
        func y() -> Tensor { x.square().sum() }
        let error = try #require(throws: TensorError.self) {
            try checked { gradients(of: [y()], withRespectTo: [x, unused]) }
        }
        #expect(
            error.kind == .gradient && error.description.contains("input 1") && error.description.contains("[2, 3]"))
        let zeros = gradients(of: [y()], withRespectTo: [unused, x], unused: .zero)
        #expect(zeros.count == 2 && zeros[0].shape == [2, 3] && zeros[0].floats == [0, 0, 0, 0, 0, 0])
        #expect(zeros[1].doubles == [2, 4])
        let optional = optionalGradients(of: [y()], withRespectTo: [unused, x])
        #expect(optional.count == 2 && optional[0] == nil && optional[1]!.doubles == [2, 4])
        // Connected, but constant: zeros, not unused, or unused; never a wrong number.
        #expect(optionalGradients(of: [(x.floor() + x).sum()], withRespectTo: [x])[0]!.doubles == [1, 1])
    }

    @Test func severalOutputsAndSeedsAddUp() {
        let x = leaf(1, 2)
        let (a, b) = (x * 3, x * x)
        let g = gradients(of: [a, b], withRespectTo: [x], seeds: [vector(1, 10), vector(100, 1000)])[0]
        #expect(g.doubles == [203, 4030])
        let twice = x * 2
        #expect(gradients(of: [twice.sum(), twice.sum()], withRespectTo: [x])[0].doubles == [4, 4])
        // The same output twice.
        let one = x.sum()
        #expect(gradients(of: [one, one], withRespectTo: [x])[0].doubles == [2, 2])
        x.square().backward(seed: vector(1, -1))
        #expect(x.grad!.doubles == [2, -4])
    }

    @Test func outputsMayBeInputs() {
        let x = leaf(1, 2)
        #expect(gradients(of: [x.sum()], withRespectTo: [x])[0].doubles == [1, 1])
        #expect(gradients(of: [x], withRespectTo: [x], seeds: [vector(5, 6)])[0].doubles == [5, 6])
        let h = x * 3
        let g = gradients(of: [h], withRespectTo: [h, x, h], seeds: [vector(1, 2)])
        #expect(g.map(\.doubles) == [[1, 2], [3, 6], [1, 2]])
        let y = leaf(7)
        y.backward()
        #expect(y.grad!.doubles == [1])
    }

    @Test func inputsRestrictWhatAccumulates() {
        let (x, w) = (leaf(1, 2), leaf(3, 4))
        let h = x * w
        h.exp().sum().backward(inputs: [w, h])
        #expect(x.grad == nil && w.grad != nil)
        #expect(
            isClose(
                w.grad!.doubles,
                [1 * (h.doubles[0]), 2].enumerated().map { h.exp().doubles[$0.offset] * [1, 2][$0.offset] }))
    }

    @Test func sharedPartsAndDiamondsAreCountedRight() {
        let x = leaf(0.5)
        let a = x.sin()
        let (b, c) = (a * a, a.exp())
        let d = b * c + a
        d.sum().backward()
        // d = s² eˢ + s, d′ = (2s eˢ + s² eˢ + 1) cos x
        let (s, e, cosine) = (a.doubles[0], a.exp().doubles[0], x.cos().doubles[0])
        #expect(isClose(x.grad!.doubles, [(2 * s * e + s * s * e + 1) * cosine], 1e-14))
        // 2³⁰ paths, 30 nodes.
        let y = leaf(1)
        var z = y
        for _ in 0..<30 { z = z + z }
        z.backward()
        #expect(y.grad!.doubles == [1_073_741_824])
    }

    @Test func detachAndNoGradCut() {
        let x = leaf(2)
        (x.detach() * x).sum().backward()
        #expect(x.grad!.doubles == [2])
        let y = noGrad { x * 3 }
        #expect(!y.requiresGrad && y.isLeaf)
        let z = noGrad { enableGrad { x * 3 } }
        #expect(z.requiresGrad && isGradEnabled)
        noGrad {
            #expect(!isGradEnabled)
            noGrad { #expect(!isGradEnabled) }
            enableGrad { #expect(isGradEnabled) }
            #expect(!isGradEnabled)
        }
        #expect(!x.detach().requiresGrad && x.requiresGrad)
        struct Stop: Error {}
        #expect(throws: Stop.self) { try noGrad { throw Stop() } }
        #expect(isGradEnabled)
    }

    @Test func requiresGradMayBeSetOnLeaves() {
        var x = vector(1, 2)
        #expect(!x.requiresGrad && x.isLeaf && x.operationName == "constant")
        x.requiresGrad = true
        #expect(x.requiresGrad && x.isLeaf && x.operationName == "leaf")
        #expect(x.exp().operationName == "exp")
        x.requiresGrad = false
        #expect(!x.requiresGrad && !(x * 2).requiresGrad)
        let h = x.requiringGrad() * 2
        let fresh = h.requiringGrad()
        #expect(fresh.isLeaf && !h.isLeaf && fresh.doubles == h.doubles)
    }
}
