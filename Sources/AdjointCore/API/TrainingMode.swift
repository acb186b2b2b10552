/// Whether layers that behave differently in training and in prediction (dropout, `batchNorm(_:updating:)`) train; true, except inside `predicting`.
public var isTrainingMode: Bool { TrainingMode.isOn }

/// Runs `body` in prediction: dropout passes its input on, and `batchNorm` takes the running averages, unless a call says otherwise. Recording is not touched.
public func predicting<Result>(_ body: () throws -> Result) rethrows -> Result {
    try TrainingMode.$isOn.withValue(false) { try body() }
}

/// Runs `body` in training, inside `predicting` too.
public func training<Result>(_ body: () throws -> Result) rethrows -> Result {
    try TrainingMode.$isOn.withValue(true) { try body() }
}

private enum TrainingMode {
    @TaskLocal static var isOn = true
}
