import AdjointDiagrams
import AdjointFiles
import ArgumentParser

/// `adjoint train`: a neural network that learns while you watch.
struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a small neural network on data that come with the command.",
        discussion: """
            digits: 1,797 handwritten digits; the last 360 are held out to test what was learnt.

            Examples:
              adjoint train digits
              adjoint train digits --seed 7 --loss-curve loss.svg
              adjoint train digits --epochs 20 --json
            """)

    /// The data sets.
    enum DataSet: String, CaseIterable, ExpressibleByArgument {
        case digits
    }

    @Argument(help: "The data set.")
    var data: DataSet

    @Option(help: "How often the network sees each image.")
    var epochs = Training.Settings().epochs

    @Option(help: "Images a step.")
    var batch = Training.Settings().batch

    @Option(help: "The learning rate at the start; it falls to 0.")
    var lr = Training.Settings().rate

    @Option(help: "The seed of all random numbers; a seed gives the same losses every time.")
    var seed = Training.Settings().seed

    @Flag(help: "Prints a line of JSON for each epoch and one at the end.")
    var json = false

    @Option(help: ArgumentHelp("Draws the losses over the epochs as SVG.", valueName: "file"))
    var lossCurve: String?

    func validate() throws {
        guard (1...100_000).contains(epochs) else { throw ValidationError("--epochs is 1 to 100000, not \(epochs).") }
        guard batch > 0 else { throw ValidationError("--batch is at least 1, not \(batch).") }
        guard lr > 0, lr.isFinite else { throw ValidationError("--lr is a positive number, not \(lr).") }
    }

    func run() throws {
        var training = Training(.init(epochs: epochs, batch: batch, rate: lr, seed: seed), try load())
        let report = TrainReport(settings: training.settings, json: json)
        report.start(training)
        let start = ContinuousClock.now
        Interrupt.watch()
        while training.epochs.count < epochs, !Interrupt.isRequested {
            let epoch = training.runEpoch { Interrupt.isRequested }
            report.show(epoch)
            guard epoch.loss.isFinite else {
                report.endProgress()
                throw Console.failure(
                    "error: the loss is \(epoch.loss.shortest) after epoch \(epoch.number): the training diverged; "
                        + "try a smaller --lr than \(lr.shortest)")
            }
        }
        report.finish(training, interrupted: Interrupt.isRequested, in: ContinuousClock.now - start)
        if let lossCurve { try OutputFile.write(training.lossCurve.svg(), to: lossCurve) }
        if Interrupt.isRequested { throw ExitCode(130) }
    }

    private func load() throws -> Digits {
        do {
            return try Digits()
        } catch {
            throw Console.failure("error: the data set \(data.rawValue) cannot be read: \(error)")
        }
    }
}

extension Training {
    /// The losses over the epochs.
    fileprivate var lossCurve: LineChart {
        LineChart(
            title: "Digits, seed \(settings.seed)", xLabel: "epoch", yLabel: "cross-entropy",
            series: [
                .init(name: "training", values: epochs.map(\.loss)),
                .init(name: "held out", values: epochs.map(\.testLoss)),
            ])
    }
}
