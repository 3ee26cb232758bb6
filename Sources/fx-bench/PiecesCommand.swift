import ArgumentParser

/// `fx-bench pieces`: the pieces of a request, each alone on one thread.
struct PiecesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pieces", abstract: "Measures the pieces of a request, each alone on one thread.",
        discussion: """
            Prints a line for each: its name and the nanoseconds of CPU time one takes, the least of five runs. Under
            valgrind --tool=callgrind two runs with different --count give the instructions of one, whatever else the
            machine does: `deploy/bench pieces` does that.
            """)

    @Argument(help: "Which; all if none is named.") var names: [String] = []
    @Option(help: "How often each is done in a run.") var count = 20_000
    @Option(help: "How many runs; the fastest counts.") var runs = 5
    @Flag(help: "Only print the names.") var list = false

    func run() throws {
        let known = Piece.all
        if list {
            for piece in known { print(piece.name) }
            return
        }
        for name in names where !known.contains(where: { $0.name == name }) {
            throw ValidationError("there is no piece \(name); there are \(known.map(\.name).joined(separator: ", "))")
        }
        for piece in known where names.isEmpty || names.contains(piece.name) {
            let once = try piece.prepare()
            var best = Int64.max
            for _ in 0..<runs {
                let began = Clock.threadNanoseconds()
                try once(count)
                best = min(best, Clock.threadNanoseconds() - began)
            }
            print("\(piece.name) \(Double(best / Int64(count / 10)) / 10)")
        }
    }
}
