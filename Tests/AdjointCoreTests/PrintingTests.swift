import AdjointCore
import AdjointRuntime
import Testing

/// Texts are those that PyTorch prints, but for `dtype=float64` where it says `dtype=torch.float64`.
@Suite struct PrintingTests {
    static let cases: [(String, @Sendable () -> Tensor)] = [
        ("tensor([ 0.,  4.,  8., 12.])", { Tensor([0.0, 4, 8, 12]) }),
        ("tensor([[1., 2.],\n        [3., 4.]])", { Tensor([[1.0, 2], [3, 4]]) }),
        ("tensor([1, 2, 3])", { Tensor([1, 2, 3]) }),
        ("tensor([ 1, -2])", { Tensor([1, -2]) }),
        ("tensor([ True, False])", { Tensor([true, false]) }),
        ("tensor(True)", { Tensor(true) }),
        ("tensor(3)", { Tensor(3) }),
        ("tensor(3.)", { Tensor(3.0) }),
        ("tensor(3.1416)", { Tensor(3.14159265) }),
        ("tensor(-0.5000)", { Tensor(-0.5) }),
        ("tensor(1.0000e-05)", { Tensor(1e-5) }),
        ("tensor(1.2346e+09)", { Tensor(1_234_567_890.0) }),
        ("tensor(nan)", { Tensor(Double.nan) }),
        ("tensor(-inf)", { Tensor(-Double.infinity) }),
        ("tensor(0.)", { Tensor(0.0) }),
        ("tensor([0.1000, 0.2500, 3.0000])", { Tensor([0.1, 0.25, 3]) }),
        ("tensor([-0.1000,  0.2500])", { Tensor([-0.1, 0.25]) }),
        ("tensor([1.0000e-03, 1.0000e+03])", { Tensor([0.001, 1000.0]) }),
        ("tensor([1.0000e+00, 1.0010e+03])", { Tensor([1.0, 1001]) }),
        ("tensor([   1., 1000.])", { Tensor([1.0, 1000]) }),
        ("tensor([1.0000e+00, 2.5000e-05])", { Tensor([1, 2.5e-5]) }),
        ("tensor([ 1.0000,     nan, -2.5000])", { Tensor([1, .nan, -2.5] as [Float]) }),
        ("tensor([1., nan])", { Tensor([1, .nan] as [Float]) }),
        ("tensor([1., inf])", { Tensor([1, .infinity] as [Float]) }),
        ("tensor([  -inf, 1.5000])", { Tensor([-.infinity, 1.5] as [Float]) }),
        ("tensor([nan, 0.])", { Tensor([.nan, 0] as [Float]) }),
        ("tensor([0., 0.])", { Tensor.zeros(2) }),
        ("tensor([0.0000, 0.5000])", { Tensor([0, 0.5]) }),
        ("tensor([])", { Tensor.zeros(0) }),
        ("tensor([], size=(2, 0))", { Tensor.zeros(2, 0) }),
        ("tensor([], size=(0, 3, 1))", { Tensor.zeros(0, 3, 1) }),
        ("tensor([], dtype=int64)", { Tensor.zeros(0, dtype: .int64) }),
        ("tensor([], size=(0, 2), dtype=float64)", { Tensor.zeros(0, 2, dtype: .float64) }),
        ("tensor([1., 2.], dtype=float64)", { Tensor([1, 2], dtype: .float64) }),
        ("tensor([1, 2], dtype=int32)", { Tensor([1, 2], dtype: .int32) }),
        ("tensor([200], dtype=uint8)", { Tensor([200], dtype: .uint8) }),
        ("tensor([1., 2.], requires_grad=True)", { Tensor([1.0, 2]).requiringGrad() }),
        ("tensor([1., 2.], dtype=float64, requires_grad=True)", { Tensor([1, 2], dtype: .float64).requiringGrad() }),
        ("tensor(3., grad_fn=<sum>)", { Tensor([1.0, 2]).requiringGrad().sum() }),
        ("tensor([[1, 3],\n        [2, 4]])", { Tensor([[1, 2], [3, 4]]).T }),
        (
            "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])",
            { Tensor.arange(8).reshaped(2, 2, 2) }
        ),
        ("tensor([[[[1.]]]])", { Tensor.ones(1, 1, 1, 1) }),
        ("tensor([   0,    1,    2,  ...,  998,  999, 1000])", { Tensor.arange(1001) }),
        ("tensor([  0.,   1.,   2.,  ..., 997., 998., 999.])", { Tensor.arange(1000.0).reshaped(1000)[.all] }),
        (
            "tensor([[   0,    1,    2,  ...,   97,   98,   99],\n        [ 100,  101,  102,  ...,  197,  198,  199],\n"
                + "        [ 200,  201,  202,  ...,  297,  298,  299],\n        ...,\n"
                + "        [1700, 1701, 1702,  ..., 1797, 1798, 1799],\n"
                + "        [1800, 1801, 1802,  ..., 1897, 1898, 1899],\n"
                + "        [1900, 1901, 1902,  ..., 1997, 1998, 1999]])",
            { Tensor.arange(2000).reshaped(20, 100) }
        ),
        (
            "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
                + "        18, 19, 20, 21, 22, 23, 24])",
            { Tensor.arange(25) }
        ),
        (
            "tensor([0.0000, 0.1000, 0.2000, 0.3000, 0.4000, 0.5000, 0.6000, 0.7000, 0.8000,\n        0.9000])",
            { Tensor.linspace(0, 0.9, 10) }
        ),
    ]

    @Test(arguments: cases.indices) func textIsPyTorchs(_ index: Int) {
        let (text, make) = Self.cases[index]
        if text.contains("999.])") {
            // A thousand elements are not summarised yet; with a threshold below they are.
            var format = TensorFormat()
            format.threshold = 999
            #expect(make().formatted(format) == text)
            #expect(!make().description.contains("..."))
        } else {
            #expect(make().description == text)
        }
    }

    @Test func formatsCanBeChosen() {
        var format = TensorFormat()
        format.precision = 2
        #expect(Tensor([0.125, 1]).formatted(format) == "tensor([0.12, 1.00])")
        format.threshold = 4
        format.edgeItems = 1
        #expect(Tensor.arange(5).formatted(format) == "tensor([0,  ..., 4])")
        format.lineWidth = 20
        format.threshold = 100
        #expect(Tensor.arange(5).formatted(format) == "tensor([0, 1, 2, 3,\n        4])")
    }

    @Test func aSuffixThatDoesNotFitStartsALine() {
        let wide = Tensor([Double](repeating: 0.5, count: 9))
        #expect(
            wide.description
                == "tensor([0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n"
                + "       dtype=float64)")
    }

    @Test func a64BitNumberKeepsItsDigits() {
        #expect(Tensor([9_007_199_254_740_993]).description == "tensor([9007199254740993])")
    }
}
