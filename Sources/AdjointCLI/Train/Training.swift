import Adjoint

/// A training run: the network, its data and its random numbers.
struct Training {
    /// What determines a run.
    struct Settings {
        var epochs = 100
        var batch = 32
        var rate = 0.15
        var seed: UInt64 = 0
    }

    /// What an epoch reached.
    struct Epoch {
        /// The number of the epoch, from 1.
        let number: Int
        /// The mean loss over its batches.
        let loss: Double
        /// The mean loss over the images held out.
        let testLoss: Double
        /// The share of the images held out that are read correctly.
        let accuracy: Double
    }

    let settings: Settings
    let data: Digits
    private(set) var network: Network
    /// The epochs so far.
    private(set) var epochs: [Epoch] = []
    private let generator: Generator

    init(_ settings: Settings, _ data: Digits) {
        self.settings = settings
        self.data = data
        generator = Generator(seed: settings.seed)
        network = Network(generator: generator)
    }

    /// Goes once through the training images in a new order, in batches.
    ///
    /// The learning rate falls linearly to 0 over all epochs. Stops after the batch during which `isStopped` became true.
    mutating func runEpoch(isStopped: () -> Bool) -> Epoch {
        let distortion = Distortion(generator: generator)
        let order = shuffled(data.training.count)
        let batches = stride(from: 0, to: order.count, by: settings.batch)
        var (total, seen) = (0.0, 0)
        for start in batches {
            let samples = data.training.picked(order[start..<min(start + settings.batch, order.count)])
            let progress = (Double(epochs.count) + Double(start) / Double(order.count)) / Double(settings.epochs)
            let loss = network.step(
                distortion.images(of: samples), Tensor(samples.labels), rate: settings.rate * (1 - progress))
            total += loss * Double(samples.count)
            seen += samples.count
            if isStopped() { break }
        }
        let result = network.evaluate(data.test)
        let epoch = Epoch(
            number: epochs.count + 1, loss: total / Double(seen), testLoss: result.loss, accuracy: result.accuracy)
        epochs.append(epoch)
        return epoch
    }

    /// The numbers below `count` in random order.
    private func shuffled(_ count: Int) -> [Int] {
        let keys = Tensor.rand(count, dtype: .float64, generator: generator).doubles
        return keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    }
}
