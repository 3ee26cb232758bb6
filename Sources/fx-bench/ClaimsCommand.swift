import ArgumentParser

/// `fx-bench claims`: what it costs to know a request again, by how many keys are in the window.
struct ClaimsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims",
        abstract: "Measures the idempotency check of events, side by side with events without it.",
        discussion: """
            Prints one JSON document a line, in nanoseconds of CPU time for one event of 1 KiB: {"keys":N,"off_ns":…,
            "on_ns":…,"claim_ns":…,"settle_ns":…,"filing_ns":…,"repeat_ns":…,"filter_bytes":…,"resident_bytes":…}.
            off is building the event's line; on is the same and making its key, claiming it, writing it into the line
            and settling it; claim and settle are those two alone. Each is the least of all runs. filing is what the
            thread behind takes for a key, on the average of those that were filled in: sorting, writing and
            synchronizing files. repeat claims a key that is in a file.
            """)

    @Option(parsing: .upToNextOption, help: "How many keys are in the window; ascending.") var keys = [
        10_000, 10_000_000,
    ]
    @Option(help: "How many new keys a run claims.") var count = 2000
    @Option(help: "How many runs; the fastest counts.") var runs = 7

    func validate() throws {
        guard keys == keys.sorted(), keys.allSatisfy({ $0 > 0 }), count > 0, runs > 0 else {
            throw ValidationError("--keys takes ascending numbers, and each number is at least 1")
        }
    }

    func run() throws {
        let bench = try ClaimBench(keysLimit: 2 * ((keys.last ?? 0) + count * runs * keys.count))
        defer { bench.stop() }
        for size in keys {
            let filing = try bench.fill(upTo: size)
            let figures = try bench.measure(count: count, runs: runs)
            print(
                """
                {"keys":\(size),"off_ns":\(figures.off),"on_ns":\(figures.on),"claim_ns":\(figures.claim),\
                "settle_ns":\(figures.settle),"filing_ns":\(filing),\
                "repeat_ns":\(figures.repeated.map(String.init) ?? "null"),\
                "filter_bytes":\(bench.filterBytes),"resident_bytes":\(try bench.residentBytes())}
                """)
        }
    }
}
