import DurableIO
import Events
import Foundation
import Testing

@testable import Quarantine

@Suite struct QuarantineDirectoryTests {
    private func withDirectory(_ body: (QuarantineDirectory) throws -> Void) throws {
        let root = NSTemporaryDirectory() + "/fx-refused-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try body(QuarantineDirectory(root: root))
    }

    private func request(_ number: Int, key: String = "k1", bytes: Int = 10) -> KeptRequest {
        let received = Timestamp(microseconds: (1_700_000_000_000 + Int64(number) * 1000) * 1000)
        let id = UUIDv7(milliseconds: received.milliseconds, randomHigh: 1, randomLow: UInt64(number)).text
        return KeptRequest(
            id: id, keyID: key, tenant: "acme", received: received, reason: "signature-mismatch",
            sentence: "A \"sentence\".", remoteAddress: "192.0.2.7", requestID: "r", contentType: "application/json",
            fields: [KeptRequest.Field(name: "X_GITHUB_EVENT", value: "issues é\n")],
            body: [UInt8](repeating: 0xFF, count: bytes - 1) + [UInt8(ascii: "\n")])
    }

    private func keep(_ request: KeptRequest, in directory: QuarantineDirectory, limit: Int = 1 << 20) throws -> Int {
        try directory.keep(request, bytesPerKeyLimit: limit, reserveBytes: 0)
    }

    @Test func `a request is read as it was kept, by its owner alone`() throws {
        try withDirectory { directory in
            let request = request(1)
            #expect(try keep(request, in: directory) == 0)
            let name = try directory.find(id: request.id)
            #expect(try directory.read(name) == request)
            var head = request
            head.body = []
            #expect(try directory.read(name, isHeadOnly: true) == head)
            for (path, mode) in [(directory.path(name, .request), 0o600), (directory.root, 0o700)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect((attributes[.posixPermissions] as? Int) == mode)
            }
        }
    }

    @Test func `the oldest go when a key has too many bytes, and no other key's`() throws {
        try withDirectory { directory in
            let limit = request(1, bytes: 1000).fileBytes.count * 3
            _ = try keep(request(1, key: "k2", bytes: 1000), in: directory, limit: limit)
            for number in 1...5 { _ = try keep(request(number, bytes: 1000), in: directory, limit: limit) }
            #expect(try directory.names(.request, ofKey: "k1").map(\.id) == (3...5).map { request($0).id })
            #expect(try directory.names(.request, ofKey: "k2").count == 1)
            #expect(throws: QuarantineError.tooLarge(bytes: request(6, bytes: 9000).fileBytes.count, limit: limit)) {
                try keep(request(6, bytes: 9000), in: directory, limit: limit)
            }
            #expect(try directory.names(.request, ofKey: "k1").count == 3)
        }
    }

    @Test func `no more than a thousand are kept of a key`() throws {
        try withDirectory { directory in
            for number in 0..<QuarantineDirectory.requestsLimit { _ = try keep(request(number), in: directory) }
            #expect(try keep(request(5000), in: directory) == 1)
            let names = try directory.names(.request, ofKey: "k1")
            #expect(names.count == QuarantineDirectory.requestsLimit)
            #expect(names.first?.id == request(1).id)
        }
    }

    @Test func `nothing is kept on a disk that has no room for it`() throws {
        try withDirectory { directory in
            #expect(throws: QuarantineError.self) {
                try directory.keep(request(1), bytesPerKeyLimit: 1 << 20, reserveBytes: .max / 2)
            }
            let names = try directory.names(.request)
            #expect(names.isEmpty)
        }
    }

    @Test func `what is too old goes, unless it is to be released`() throws {
        try withDirectory { directory in
            for number in 1...3 { _ = try keep(request(number), in: directory) }
            try directory.askForRelease(of: directory.find(id: request(1).id))
            let limit = request(3).received.milliseconds
            #expect(try directory.removeOlder(thanMilliseconds: limit) == 1)
            #expect(try directory.names(.request).map(\.id) == [request(1).id, request(3).id])
        }
    }

    @Test func `a release is wanted until it is done, and then the request is gone`() throws {
        try withDirectory { directory in
            _ = try keep(request(1), in: directory)
            let name = try directory.find(id: request(1).id)
            try directory.askForRelease(of: name)
            try directory.askForRelease(of: name)
            #expect(try directory.wantedReleases() == [name])
            try directory.noteReleased(name, outcome: Array("{}".utf8))
            #expect(try directory.wantedReleases().isEmpty)
            #expect(try directory.outcome(name, .released) == Array("{}".utf8))
            #expect(throws: QuarantineError.released(id: name.id)) { try directory.find(id: name.id) }
            #expect(throws: QuarantineError.unknown(id: name.id)) { try directory.read(name) }
        }
    }

    @Test func `a file that a crash has torn is none`() throws {
        try withDirectory { directory in
            _ = try keep(request(1, bytes: 100), in: directory)
            let name = try directory.find(id: request(1).id)
            let path = directory.path(name, .request)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            for length in [0, 10, whole.count - 100, whole.count - 1] {
                try whole.prefix(length).write(to: URL(fileURLWithPath: path))
                #expect(throws: QuarantineError.unreadable(path: path)) { try directory.read(name) }
            }
        }
    }
}

@Suite struct RefusalMeterTests {
    @Test func `a burst is looked at, then one each few seconds, for each key by itself`() {
        var meter = RefusalMeter()
        func admits(_ key: String, _ nowSeconds: Int64) -> Bool { meter.admits(key, nowSeconds: nowSeconds) }
        let pause = RefusalMeter.secondsPerRequest
        let admitted = (0..<1000).count { _ in admits("a", 1000) }
        #expect(admitted == RefusalMeter.burst)
        let verdicts = [
            admits("b", 1000), admits("a", 1000 + pause - 1), admits("a", 1000 + pause), admits("a", 1000 + pause),
            // A clock that is set back neither opens the gate nor shuts it for ever.
            admits("a", 10), admits("a", 10 + pause),
        ]
        #expect(verdicts == [true, false, true, false, false, true])
    }
}
