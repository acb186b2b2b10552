import AdjointCore
import AdjointRuntime

extension OperationForm {
    /// The Fourier transforms.
    package static let fourier: [OperationForm] = [
        OperationForm(DiscreteFourierTransform.self) {
            DiscreteFourierTransform(
                axis: try $0("axis", $1?.axis), inverse: try $0("inverse", $1?.inverse),
                scale: try $0("scale", $1?.scale))
        } fits: {
            $1.isOne(withAxis: $0.axis) && $1[0].dtype.isComplex
        },
        OperationForm(RealFourierTransform.self) {
            RealFourierTransform(axis: try $0("axis", $1?.axis), scale: try $0("scale", $1?.scale))
        } fits: {
            $1.isOne(withAxis: $0.axis) && $1[0].dtype.isFloatingPoint && $1[0].shape[$0.axis] > 0
        },
        OperationForm(HermitianFourierTransform.self, "inverse_rdft") {
            HermitianFourierTransform(
                axis: try $0("axis", $1?.axis), length: try $0("length", $1?.length), scale: try $0("scale", $1?.scale))
        } fits: {
            $1.isOne(withAxis: $0.axis) && $1[0].dtype.isComplex && $0.length > 0
                && $1[0].shape.allows($0.length, along: $0.axis) && $1[0].shape[$0.axis] == $0.length / 2 + 1
        },
    ]
}
