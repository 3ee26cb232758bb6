import Foundation
import Spool
import Testing

/// Seeded histories of a log on a simulated disk, held against a model of what it promises.
///
/// `FX_TEST_HISTORIES` is how many seeds each weather gets, `FX_TEST_SEED` the first of them (and the only one, unless
/// their number is given too).
struct LogModelTests {
    private static let seeds: Range<UInt64> = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["FX_TEST_SEED"].flatMap { UInt64($0) }
        let count = environment["FX_TEST_HISTORIES"].flatMap { UInt64($0) } ?? (first == nil ? 600 : 1)
        return (first ?? 1)..<(first ?? 1) + count
    }()

    @Test(arguments: LogHistory.Weather.allCases)
    func `nothing acknowledged is lost, doubled or changed, whatever happens to the disk`(
        _ weather: LogHistory.Weather
    ) {
        for seed in Self.seeds {
            var history = LogHistory(seed: seed, weather: weather)
            do {
                try history.run()
            } catch {
                let journal = history.journal.joined(separator: "\n  ")
                Issue.record("FX_TEST_SEED=\(seed), \(weather): \(error)\n  \(journal)")
                return
            }
        }
    }
}
