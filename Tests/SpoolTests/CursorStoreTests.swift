import DurableIO
import Glibc
import Testing
import Threading

@testable import Spool

struct CursorStoreTests {
    private let directory: TemporaryDirectory
    private let store: CursorStore

    init() throws {
        directory = try TemporaryDirectory()
        store = CursorStore(layout: directory.layout, disk: LinuxDisk())
    }

    private func cursor(_ name: String, log: String = "events", next: UInt64 = 1) throws -> ConsumerCursor {
        ConsumerCursor(consumer: try ConsumerName(name), log: log, next: next)
    }

    @Test func `a cursor is registered, advanced, read by another, and removed`() throws {
        #expect(try store.all().cursors.isEmpty)
        let relay = try ConsumerName("relay")
        try store.register(cursor("relay"))
        try store.register(cursor("audit.eu-1", log: "executions/Runner_1", next: 7))
        #expect(try store.advance(relay, to: 43) == cursor("relay", next: 43))
        #expect(try directory.bytes("cursors/relay.json") == Array("{\"log\":\"events\",\"next\":43}\n".utf8))

        let other = CursorStore(layout: directory.layout, disk: LinuxDisk())
        #expect(try other.cursor(of: relay).next == 43)
        let all = try other.all()
        #expect(
            try all.cursors == [cursor("audit.eu-1", log: "executions/Runner_1", next: 7), cursor("relay", next: 43)])
        #expect(all.broken.isEmpty)

        try other.remove(relay)
        #expect(throws: CursorError.notRegistered(relay)) { try store.cursor(of: relay) }
        #expect(throws: CursorError.notRegistered(relay)) { try store.remove(relay) }
    }

    @Test func `a cursor does not go back unasked, and a consumer that was removed does not come back by advancing`()
        throws
    {
        let relay = try ConsumerName("relay")
        try store.register(cursor("relay", next: 10))
        #expect(throws: CursorError.wouldGoBack(try cursor("relay", next: 10), to: 9)) {
            try store.advance(relay, to: 9)
        }
        #expect(throws: CursorError.alreadyRegistered(try cursor("relay", next: 10))) {
            try store.register(cursor("relay", next: 99))
        }
        #expect(try store.advance(relay, to: 2, allowsBack: true).next == 2)
        try store.remove(relay)
        #expect(throws: CursorError.notRegistered(relay)) { try store.advance(relay, to: 11) }
        #expect(try store.all().cursors.isEmpty)
    }

    @Test func `a cursor is written beside, made durable, renamed, and the name made durable`() throws {
        let disk = RecordingDisk()
        let store = CursorStore(layout: directory.layout, disk: disk)
        try store.register(cursor("relay"))
        let calls = [
            "create .relay.json.new", "write .relay.json.new", "fdatasync .relay.json.new", "rename relay.json",
            "fsync cursors",
        ]
        #expect(disk.takenCalls == calls)
        try store.advance(ConsumerName("relay"), to: 2)
        #expect(disk.takenCalls == calls)
        // Where it is already: nothing to write.
        try store.advance(ConsumerName("relay"), to: 2)
        #expect(disk.takenCalls.isEmpty)
    }

    @Test func `a cursor that could not be made durable is not the cursor, and the next try succeeds`() throws {
        let disk = RecordingDisk()
        let store = CursorStore(layout: directory.layout, disk: disk)
        let relay = try ConsumerName("relay")
        try store.register(cursor("relay"))
        disk.refused.withLock { $0 = ["fdatasync .relay.json.new"] }
        #expect(throws: CursorError.self) { try store.advance(relay, to: 2) }
        #expect(try store.cursor(of: relay).next == 1)
        disk.refused.withLock { $0 = [] }
        // The draft of the failed try lies there.
        #expect(try directory.names("cursors") == [".relay.json.new", "relay.json"])
        try store.advance(relay, to: 2)
        #expect(try directory.names("cursors") == ["relay.json"])
        #expect(try store.cursor(of: relay).next == 2)
    }

    @Test(arguments: ["a", "0", "relay", "kafka-relay_2.eu", String(repeating: "a", count: 63)])
    func `names of small letters, digits and inner punctuation are a consumer's`(name: String) throws {
        #expect(try ConsumerName(name).text == name)
    }

    @Test(arguments: ["", ".", "-a", "_a", "Relay", "a b", "a/b", "ä", "a\u{0}", String(repeating: "a", count: 64)])
    func `other names are refused`(name: String) {
        #expect(throws: CursorError.invalidName(name)) { try ConsumerName(name) }
    }

    @Test func `a cursor that another program wrote may have white space, escapes and members of its own`() throws {
        try store.register(cursor("relay"))
        let text =
            "{ \"topic\": {\"a\":[1]},\n  \"\\u006cog\": \"executions\\/bridge\", \"next\": 18446744073709551615 }\n"
        try directory.write("cursors/relay.json", Array(text.utf8))
        #expect(
            try store.cursor(of: ConsumerName("relay"))
                == cursor("relay", log: "executions/bridge", next: UInt64.max))
    }

    @Test(arguments: [
        ("", CursorFault.notJSON(offset: 0)), ("{\"log\":\"events\",\"next\":4", .notJSON(offset: 24)),
        ("\0\0\0\0", .notJSON(offset: 0)), ("[]", .noLog), ("{\"next\":1}", .noLog), ("{\"log\":1,\"next\":1}", .noLog),
        ("{\"log\":\"events\",\"log\":\"events\",\"next\":1}", .noLog), ("{\"log\":\"event\",\"next\":1}", .wrongLog),
        ("{\"log\":\"executions/../x\",\"next\":1}", .wrongLog), ("{\"log\":\"executions/..\",\"next\":1}", .wrongLog),
        ("{\"log\":\"events\"}", .noNext), ("{\"log\":\"events\",\"next\":\"1\"}", .noNext),
        ("{\"log\":\"events\",\"next\":1,\"next\":2}", .noNext), ("{\"log\":\"events\",\"next\":0}", .wrongNext),
        ("{\"log\":\"events\",\"next\":-1}", .wrongNext), ("{\"log\":\"events\",\"next\":1.0}", .wrongNext),
        ("{\"log\":\"events\",\"next\":18446744073709551616}", .wrongNext),
        (String(repeating: " ", count: 70_000), .tooLarge(bytesLimit: 65_536)),
    ])
    func `a file that tells nothing is an error that names it, never an absent consumer`(
        text: String, fault: CursorFault
    ) throws {
        try store.register(cursor("good", next: 5))
        try store.register(cursor("relay"))
        try directory.write("cursors/relay.json", Array(text.utf8))
        let error = CursorError.broken(path: directory.path + "/cursors/relay.json", fault)
        let relay = try ConsumerName("relay")
        #expect(throws: error) { try store.cursor(of: relay) }
        #expect(throws: error) { try store.advance(relay, to: 9) }
        #expect(throws: error) { try store.register(cursor("relay")) }
        let all = try store.all()
        #expect(try all.cursors == [cursor("good", next: 5)])
        #expect(all.broken == [error])
        // Asked to, an operator gets rid of it.
        try store.remove(relay)
        #expect(try store.all().broken.isEmpty)
    }

    @Test func `a cursor under a name that no consumer can have is broken, and drafts are no cursors`() throws {
        try store.register(cursor("relay"))
        try directory.write("cursors/Relay.json", Array("{\"log\":\"events\",\"next\":1}".utf8))
        try directory.write("cursors/.relay.json.new", [])
        try directory.write("cursors/notes.txt", [])
        let all = try store.all()
        #expect(all.cursors.count == 1)
        #expect(all.broken == [.broken(path: directory.path + "/cursors/Relay.json", .wrongName)])
    }

    @Test func `no more consumers are registered than are followed`() throws {
        for number in 0..<CursorStore.consumersLimit { try store.register(cursor("c\(number)")) }
        let limit = CursorError.tooManyConsumers(limit: CursorStore.consumersLimit)
        #expect(throws: limit) { try store.register(cursor("one-more")) }
        #expect(try store.all().cursors.count == CursorStore.consumersLimit)
        // One that somebody put there by hand is not silently left out.
        try directory.write("cursors/one-more.json", Array("{\"log\":\"events\",\"next\":1}".utf8))
        #expect(throws: limit) { try store.all() }
    }

    @Test func `of many threads that advance a cursor none is lost and the furthest one stays`() throws {
        let relay = try ConsumerName("relay")
        try store.register(cursor("relay"))
        let store = store
        let refusals = Monitor(0)
        let threads = try (UInt64(0)..<4).map { thread in
            try WorkerThread(name: "consumer") {
                for number in UInt64(1)...20 {
                    do throws(CursorError) { try store.advance(relay, to: number * 4 + thread) } catch {
                        if case .wouldGoBack = error { continue }
                        refusals.withLock { $0 += 1 }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(refusals.withLock { $0 } == 0)
        #expect(try store.cursor(of: relay).next == 83)
    }
}
