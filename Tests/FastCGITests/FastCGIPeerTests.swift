import Foundation
import HTTPMessage
import Testing
import Threading

@testable import FastCGI

extension FastCGIServerTests {
    @Suite(.serialized) struct Peers {
        @Test func `a client that has ended its sending still gets its answer`() throws {
            let handler = KeepingHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            let client = try fixture.client()
            client.send("last words")
            client.endSending()
            for one in try handler.take(1) { one.answer() }
            #expect(try client.response()?.text == "POST /  last words")
            #expect(try client.isClosedByServer())
        }

        @Test func `a client that hangs up before its answer harms nobody`() throws {
            let handler = KeepingHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            for _ in 0..<50 {
                let client = try fixture.client()
                client.send("gone")
                let kept = try handler.take(1)
                client.hangUp()
                for one in kept { one.answer() }
            }
            let client = try fixture.client()
            client.send("here")
            for one in try handler.take(1) { one.answer() }
            #expect(try client.response()?.text == "POST /  here")
        }

        @Test func `a client that hangs up in the middle of a request is not handed on`() throws {
            let fixture = try ServerFixture(.init(workers: 1))
            let whole: [UInt8] = [1, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
            for count in 0...whole.count {
                let client = try fixture.client()
                client.sendRaw(Array(whole.prefix(count)))
                client.hangUp()
            }
            for size in [0, 5] {
                let client = try fixture.client()
                client.begin(announcing: "10")
                client.sendBody([UInt8](repeating: 0x61, count: size))
                client.hangUp()
            }
            let client = try fixture.client()
            client.send("here")
            #expect(try client.response()?.text == "POST /  here")
        }

        @Test func `bytes that are no FastCGI close their connection and no other`() throws {
            let fixture = try ServerFixture(.init(workers: 1, peerTimeoutSeconds: 1))
            let other = try fixture.client()
            other.send("before")
            #expect(try other.response()?.text == "POST /  before")
            let noise: [[UInt8]] = [
                Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64),
                [UInt8](repeating: 0xFF, count: 64), [1, 5, 0, 1, 0, 0, 0, 0],
                [2, 1, 0, 1, 0, 8, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
            ]
            for bytes in noise {
                let client = try fixture.client()
                client.sendRaw(bytes)
                client.endSending()
                _ = try? client.response()
            }
            other.send("after")
            #expect(try other.response()?.text == "POST /  after")
        }

        @Test func `a client that stalls in the middle of a request loses its connection`() throws {
            let fixture = try ServerFixture(.init(workers: 1, peerTimeoutSeconds: 1))
            let stalled = try fixture.client()
            stalled.begin(announcing: "10")
            stalled.sendBody([0x61])
            let other = try fixture.client()
            other.send("other")
            #expect(try other.response()?.text == "POST /  other")
            #expect(try stalled.response() == nil)
            #expect(try stalled.isClosedByServer())
        }

        // MARK: - Draining

        @Test func `draining closes idle connections, removes the socket and ends`() throws {
            let fixture = try ServerFixture(.init(workers: 2))
            let clients = try (0..<20).map { _ in try fixture.client() }
            for client in clients {
                client.send("a")
                #expect(try client.response()?.text == "POST /  a")
            }
            #expect(fixture.drain())
            for client in clients { #expect(try client.isClosedByServer()) }
            #expect(!FileManager.default.fileExists(atPath: fixture.directory.socket))
            // Threads are joined and descriptors closed once, however often it is asked for.
            #expect(fixture.drain())
        }

        @Test func `draining lets what has come be answered, and closes behind it`() throws {
            let handler = KeepingHandler()
            let fixture = try ServerFixture(.init(workers: 2), handler: handler)
            let clients = try (0..<20).map { _ in try fixture.client() }
            for client in clients { client.send("a") }
            let kept = try handler.take(20)
            let isDrained = Monitor<Bool?>(nil)
            let server = fixture.server
            let draining = try WorkerThread(name: "draining") {
                let result = server.drain(milliseconds: 20_000)
                isDrained.update {
                    $0 = result
                    return .all
                }
            }
            // The socket goes first: from then on the drain waits for the answers.
            let deadline = ContinuousClock.now.advanced(by: .seconds(20))
            while FileManager.default.fileExists(atPath: fixture.directory.socket), .now < deadline { sched_yield() }
            #expect(isDrained.withLock { $0 } == nil)
            for one in kept { one.answer() }
            for client in clients {
                #expect(try client.response()?.text == "POST /  a")
                #expect(try client.isClosedByServer())
            }
            draining.join()
            #expect(isDrained.withLock { $0 } == true)
        }

        @Test func `draining gives up on an answer that never comes`() throws {
            let handler = KeepingHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            let client = try fixture.client()
            client.send("a")
            let kept = try handler.take(1)
            #expect(!fixture.drain(milliseconds: 20))
            for one in kept { one.answer() }
            #expect(try client.response()?.text == "POST /  a")
            #expect(try client.isClosedByServer())
        }

        @Test func `a server that nobody ever called drains at once`() throws {
            #expect(try ServerFixture(.init(workers: 4)).drain())
        }
    }
}
