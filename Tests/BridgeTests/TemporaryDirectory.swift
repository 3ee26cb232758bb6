import DurableIO
import Foundation
import Spool

/// A directory of its own for one test, gone afterwards. In memory where the machine can.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        path = parent + "/fx-bridge-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var layout: SpoolLayout { SpoolLayout(root: path + "/spool") }
    var index: String { path + "/index.sqlite" }
    var credentials: String { path + "/credentials.json" }
}

/// Writes over a file in place, as an accident would.
func overwrite(_ path: String, with text: String) throws {
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: Data(text.utf8))
}
