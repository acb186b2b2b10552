/// What `adjoint train` prints: a progress bar on a terminal, lines elsewhere, or JSON.
struct TrainReport {
    let settings: Training.Settings
    let json: Bool

    private var drawsBar: Bool { !json && Console.showsOutput }

    /// Says what is about to be trained.
    func start(_ training: Training) {
        guard !json else { return }
        let data = training.data
        print(
            """
            digits: \(data.training.count.grouped) images to learn from, \(data.test.count) held out
            network: \(Digits.pixels) → \(Network.hidden) → 10, \(training.network.parameterCount.grouped) parameters, \
            seed \(settings.seed)
            """)
    }

    /// Shows what an epoch reached.
    func show(_ epoch: Training.Epoch) {
        if json {
            print(
                JSONValue.object([
                    ("epoch", .integer(epoch.number)), ("loss", .number(epoch.loss)),
                    ("test_loss", .number(epoch.testLoss)), ("test_accuracy", .number(epoch.accuracy)),
                ]))
        } else if drawsBar {
            Console.write("\r\(bar(epoch.number)) \(line(epoch))\u{1B}[K")
        } else {
            print(line(epoch))
        }
    }

    /// Leaves the line of the progress bar.
    func endProgress() {
        if drawsBar { print() }
    }

    /// Says what was reached in the end.
    func finish(_ training: Training, interrupted: Bool, in duration: Duration) {
        endProgress()
        guard let last = training.epochs.last else {
            if !json { print("stopped before the first batch") }
            return
        }
        if json {
            print(
                JSONValue.object([
                    ("test_accuracy", .number(last.accuracy)), ("epochs", .integer(last.number)),
                    ("seed", .string("\(settings.seed)")), ("interrupted", .boolean(interrupted)),
                ]))
        } else {
            let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
            let accuracy = Console.bold("held-out accuracy \((100 * last.accuracy).fixed(2)) %")
            print((interrupted ? "stopped: " : "") + "\(accuracy) after \(count(last.number)) in \(seconds.fixed(1)) s")
        }
    }

    private func count(_ epochs: Int) -> String { epochs == 1 ? "1 epoch" : "\(epochs) epochs" }

    private func line(_ epoch: Training.Epoch) -> String {
        let number = "\(epoch.number)".padded(to: "\(settings.epochs)".count, right: true)
        return "epoch \(number)/\(settings.epochs)  loss \(epoch.loss.fixed(4))  "
            + "held-out loss \(epoch.testLoss.fixed(4))  accuracy \((100 * epoch.accuracy).fixed(2)) %"
    }

    private func bar(_ done: Int) -> String {
        let width = 20
        let filled = done * width / settings.epochs
        return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    }
}
