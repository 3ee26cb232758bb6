import DurableIO
import Foundation
import Glibc
import Testing

struct LinuxDiskTests {
    private func withDirectory(_ body: (String) throws -> Void) throws {
        let path = "/dev/shm/fx-disk-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can make what belongs to others"))
    func `what root makes belongs to the owner of the directory it is made in`() throws {
        try withDirectory { path in
            #expect(chown(path, 4711, 4712) == 0)
            let disk = LinuxDisk()
            try disk.makeDirectory(path + "/cursors")
            _ = try disk.createFile(path + "/cursors/relay.json")
            for name in ["/cursors", "/cursors/relay.json"] {
                var facts = stat()
                #expect(stat(path + name, &facts) == 0)
                #expect((facts.st_uid, facts.st_gid) == (4711, 4712), "\(name)")
            }
        }
    }

    @Test func `the time of the last write is the file's own`() throws {
        try withDirectory { path in
            let file = try LinuxDisk().createFile(path + "/a")
            let time = Date(timeIntervalSince1970: 1_700_000_000)
            try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path + "/a")
            #expect(try file.modificationSeconds() == 1_700_000_000)
        }
    }
}
