import DurableIO
import Foundation
import Spool
import Testing

/// Spools of each format version as they were once written: version 2 has compressed segments. They must always read; they
/// are never made anew.
struct GoldenSpoolTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        .path
    private static func events(_ version: String) -> String { folder + "/" + version + "/events" }

    /// Sequence and data of each record.
    private static let expected = [
        #"1 {"a": 1}"#, #"2 [1, 2, 3]"#, #"3 "z\u00fcrich""#, "4 null", #"5 {"nested": {"deep": [true, false]}}"#,
        "6 6",
        "7 7",
    ]

    @Test(arguments: ["v1", "v2"])
    func `a golden spool reads record for record`(version: String) throws {
        let reader = LogReader(directory: Self.events(version), disk: LinuxDisk(), from: 1)
        var sequences: [UInt64] = []
        steps: while true {
            switch try reader.next() {
            case .record(let sequence, _): sequences.append(sequence)
            case .end: break steps
            case .damaged, .missing: Issue.record("a golden spool has no damage")
            }
        }
        #expect(sequences == Array(1...7))
    }

    @Test(arguments: ["v1", "v2"])
    func `a golden spool verifies, and its chain ends where it always did`(version: String) throws {
        let found = try LogVerification(directory: Self.events(version), disk: LinuxDisk())
        #expect(found.findings == [])
        #expect(found.uncommittedBytes > 0, "a failed group's leavings are part of it")
        #expect(found.hash.hexadecimal == Self.hash)
    }

    /// Written when attributes, bytes, events without a payload and batches came to the format.
    private static let attributes = folder + "/v1-attributes/events"

    @Test func `the golden spool with attributes and a batch reads and verifies, without what a crash left of a batch`()
        throws
    {
        let reader = LogReader(directory: Self.attributes, disk: LinuxDisk(), from: 1)
        var sequences: [UInt64] = []
        while case .record(let sequence, _) = try reader.next() { sequences.append(sequence) }
        #expect(sequences == Array(1...7))
        let found = try LogVerification(directory: Self.attributes, disk: LinuxDisk())
        #expect(found.findings == [])
        #expect(found.uncommittedBytes > 0)
        #expect(found.hash.hexadecimal == "3c632b30079126c8d918f467dfbb0d5a2bb7719db7088dc356bd43fd837e9474")
    }

    private static let hash = "587e5ab0fe8bd5f7f4f32e9d4ba4a5fc1f82b8180f01a2ed08dc2349dd7c83d8"

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/python3"), "there is no python3"),
        .enabled(if: FileManager.default.fileExists(atPath: "/usr/bin/zstd"), "there is no zstd"))
    func `a reader in another language reads the same`() throws {
        for version in ["v1", "v2"] { #expect(try read(Self.events(version)) == Self.expected) }
        let attributes = [
            #"1 {"a": 1}"#, #"2 [Infinity, "A"]"#, #"3 "AMO/Pj8=""#, "4 null", "5 5", #"6 "<a/>""#, "7 7",
        ]
        #expect(try read(Self.attributes) == attributes)
    }

    private func read(_ log: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [Self.folder + "/read_spool.py", log]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return text.split(separator: "\n").map(String.init)
    }
}
