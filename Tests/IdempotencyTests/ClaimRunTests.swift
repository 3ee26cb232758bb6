import DurableIO
import Foundation
import Testing

@testable import Idempotency

@Suite struct ClaimRunTests {
    private static func entries(_ count: Int, seed: UInt64) -> [ClaimEntry] {
        var dice = SeededGenerator(state: seed)
        return (0..<count).map { number in
            ClaimEntry(
                stamp: ClaimStamp(
                    key: ClaimKey(high: dice.next(), low: dice.next()),
                    body: ClaimKey(high: dice.next(), low: dice.next())), sequence: UInt64(number + 1),
                recordedSeconds: Int64(1000 + number))
        }
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "/fx-run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    @Test(arguments: [0, 1, 2, 339, 340, 341, 10_000])
    func `every key of a run is found, and no other`(_ count: Int) throws {
        try withDirectory { directory in
            let entries = Self.entries(count, seed: 1)
            let run = try ClaimRun.write(
                entries, of: 1..<UInt64(count + 1), to: directory + "/1.claims", disk: LinuxDisk())
            #expect(run.count == count)
            for entry in entries { #expect(try run.find(entry.stamp.key, disk: LinuxDisk()) == entry) }
            for entry in Self.entries(500, seed: 2) { #expect(try run.find(entry.stamp.key, disk: LinuxDisk()) == nil) }
            for key in [ClaimKey(high: 0, low: 0), ClaimKey(high: .max, low: .max)] {
                #expect(try run.find(key, disk: LinuxDisk()) == nil)
            }
            let (read, all) = try ClaimRun.read(run.path, disk: LinuxDisk())
            #expect(read == run)
            #expect(all == entries.sorted { $0.stamp.key < $1.stamp.key })
        }
    }

    /// Keys of another distribution lie elsewhere than guessed.
    @Test func `keys that crowd at one end are found`() throws {
        try withDirectory { directory in
            let entries = (0..<3000).map { number in
                ClaimEntry(
                    stamp: ClaimStamp(
                        key: ClaimKey(high: number < 2990 ? 0 : .max, low: UInt64(number)),
                        body: ClaimKey(high: 0, low: 0)), sequence: 1, recordedSeconds: 1)
            }
            let run = try ClaimRun.write(entries, of: 1..<2, to: directory + "/1.claims", disk: LinuxDisk())
            for entry in entries { #expect(try run.find(entry.stamp.key, disk: LinuxDisk()) == entry) }
            #expect(try run.find(ClaimKey(high: 1, low: 0), disk: LinuxDisk()) == nil)
        }
    }

    @Test func `each changed byte and each other length is noticed`() throws {
        try withDirectory { directory in
            let path = directory + "/1.claims"
            _ = try ClaimRun.write(Self.entries(3, seed: 1), of: 1..<4, to: path, disk: LinuxDisk())
            let good = try Data(contentsOf: URL(fileURLWithPath: path))
            for index in good.indices {
                var bad = good
                bad[index] ^= 0x10
                try bad.write(to: URL(fileURLWithPath: path))
                // Bytes 44 to 47 are zeros in front of a 32-bit checksum: they count too.
                #expect(throws: ClaimError.self, "byte \(index)") { try ClaimRun.read(path, disk: LinuxDisk()) }
            }
            for length in [0, 7, 47, good.count - 48, good.count - 1] {
                try good.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: ClaimError.self) { try ClaimRun.read(path, disk: LinuxDisk()) }
            }
        }
    }
}

@Suite struct ClaimFilterTests {
    private func keys(_ count: Int, seed: UInt64) -> [ClaimKey] {
        var dice = SeededGenerator(state: seed)
        return (0..<count).map { _ in ClaimKey(high: dice.next(), low: dice.next()) }
    }

    @Test func `no key of a run is missed, and few others are named`() {
        var filter = ClaimFilter()
        let columns = (0..<40).map { _ in filter.takeColumn() }
        #expect(columns == Array(0..<40))
        let full = keys(ClaimRun.keysLimit, seed: 7)
        filter.insert(full, column: 33)
        filter.insert(full.prefix(10), column: 2)
        #expect(filter.columns(for: full[0]).isEmpty, "a column that is not active counts")
        filter.activate(33)
        filter.activate(2)
        for (index, key) in full.prefix(20_000).enumerated() {
            #expect(filter.columns(for: key).contains(33))
            if index < 10 { #expect(filter.columns(for: key) == [2, 33]) }
        }
        let foreign = keys(100_000, seed: 8)
        let named = foreign.count { !filter.columns(for: $0).isEmpty }
        // 0.06 % is expected: 57 of 100,000.
        #expect((10...150).contains(named), "\(named)")
    }

    @Test func `a column that was given back is empty for the next run`() {
        var filter = ClaimFilter()
        let column = filter.takeColumn()
        let old = keys(1000, seed: 1)
        filter.insert(old, column: column)
        filter.activate(column)
        filter.deactivate(column)
        filter.clear(column, rows: 0..<ClaimFilter.rowsCount)
        filter.giveBack(column)
        #expect(filter.bytesCount == 0)
        #expect(filter.takeColumn() == column)
        filter.activate(column)
        for key in old { #expect(filter.columns(for: key).isEmpty) }
    }
}
