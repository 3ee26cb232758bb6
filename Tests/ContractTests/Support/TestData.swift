import Foundation
import Testing

/// Test data that others wrote, where it is at hand: in the folder that `FX_TEST_DATA` names.
enum TestData {
    static let directory = ProcessInfo.processInfo.environment["FX_TEST_DATA"]
    static let missing: Comment = "FX_TEST_DATA is unset or has no such folder"

    static func has(_ name: String) -> Bool {
        directory.map { FileManager.default.fileExists(atPath: $0 + "/" + name) } ?? false
    }

    static func files(in name: String) -> [String] {
        guard let directory else { return [] }
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory + "/" + name)
        return (names ?? []).sorted().map { directory + "/" + name + "/" + $0 }
    }
}
