import Foundation
import HTTPMessage
import Testing
import Threading

@testable import FastCGI

extension FastCGIServerTests {
    /// Requests that are answered much later, or piece by piece.
    @Suite(.serialized) struct Suspensions {
        private static func response(_ text: String) -> HTTPResponse {
            var response = HTTPResponse(.ok)
            response.setBody(Array(text.utf8), type: "text/plain")
            return response
        }

        private static let head: HTTPResponse = {
            var response = HTTPResponse(.ok)
            response.add("Content-Type", "text/event-stream")
            return response
        }()

        @Test func `a suspended request is answered later, and its connection goes on`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            let client = try fixture.client()
            for number in 0..<50 {
                client.send("GET", "/\(number)")
                for exchange in try handler.take() { exchange.respond(Self.response("answer \(number)")) }
                let answer = try #require(try client.response())
                #expect(answer.status == 200)
                #expect(
                    answer.head == "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(answer.body.count)")
                #expect(answer.text == "answer \(number)")
            }
        }

        @Test func `a connection that is not to be kept is closed behind the late answer`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            let client = try fixture.client()
            client.send("once", keepingConnection: false)
            for exchange in try handler.take() { exchange.respond(Self.response("late")) }
            #expect(try client.response()?.text == "late")
            #expect(try client.isClosedByServer())
        }

        @Test func `hundreds wait while one worker serves others`() throws {
            struct EitherHandler: HTTPHandler {
                let suspending = SuspendingHandler()
                func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
                    if request.path == "/wait" {
                        suspending.handle(request, exchange: exchange, worker: worker)
                    } else {
                        EchoHandler().handle(request, exchange: exchange, worker: worker)
                    }
                }
            }
            let handler = EitherHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            let waiting = try (0..<400).map { _ in
                let client = try fixture.client()
                client.send("GET", "/wait")
                return client
            }
            let suspended = try handler.suspending.take(400)
            let other = try fixture.client()
            for number in 0..<50 {
                other.send("GET", "/\(number)")
                #expect(try other.response()?.status == 200)
            }
            for exchange in suspended { exchange.respond(Self.response("now")) }
            for client in waiting { #expect(try client.response()?.text == "now") }
        }

        @Test func `an answer in pieces arrives in order and whole`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            let client = try fixture.client()
            client.send("GET", "/")
            let exchange = try #require(try handler.take().first)
            #expect(exchange.begin(Self.head) == .ready)
            for number in 0..<100 { #expect(exchange.write(Array("\(number),".utf8)) == .ready) }
            exchange.end()
            exchange.end()
            #expect(exchange.write([1]) == .gone)
            let answer = try #require(try client.response())
            #expect(answer.head == "Status: 200 OK\r\nContent-Type: text/event-stream")
            #expect(answer.text == (0..<100).map { "\($0)," }.joined())
            client.send("GET", "/next")
            for exchange in try handler.take() { exchange.respond(Self.response("next")) }
            #expect(try client.response()?.text == "next")
        }

        @Test func `a peer that hangs up is noticed, once, and its connection is let go`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            for _ in 0..<20 {
                let client = try fixture.client()
                client.send("GET", "/")
                let exchange = try #require(try handler.take().first)
                let observer = PeerRecorder()
                exchange.observe(observer)
                client.hangUp()
                #expect(observer.waitsUntilGone())
                exchange.respond(Self.response("nobody"))
                #expect(exchange.write([1]) == .gone)
                #expect(observer.goneCount == 1)
            }
            #expect(fixture.drain())
        }

        @Test func `who asks after the peer has gone is told so`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            let client = try fixture.client()
            client.send("GET", "/")
            let exchange = try #require(try handler.take().first)
            let (first, second) = (PeerRecorder(), PeerRecorder())
            exchange.observe(first)
            client.hangUp()
            #expect(first.waitsUntilGone())
            exchange.observe(second)
            #expect(second.goneCount == 1)
        }

        @Test func `a peer that has ended its sending may still wait`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            let client = try fixture.client()
            client.send("GET", "/")
            let exchange = try #require(try handler.take().first)
            client.endSending()
            exchange.respond(Self.response("late"))
            #expect(try client.response()?.text == "late")
        }

        @Test func `who writes to a peer that takes nothing does not wait, and goes on when there is room`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            // The reader's thread is the only one that uses it while that runs.
            nonisolated(unsafe) let client = try fixture.client()
            client.send("GET", "/")
            let exchange = try #require(try handler.take().first)
            let observer = PeerRecorder()
            exchange.observe(observer)
            #expect(exchange.begin(Self.head) == .ready)
            let piece = [UInt8](repeating: 0x61, count: 4 << 20)
            #expect(exchange.write(piece) == .behind)
            #expect(exchange.write([0x62]) == .behind)
            #expect(fixture.server.peerWatch.unsent > 3 << 20)
            let answer = Monitor<FastCGIClient.Response?>(nil)
            let reader = try WorkerThread(name: "reader") {
                let response = try? client.response()
                answer.withLock { $0 = response }
            }
            #expect(observer.waitsUntilReady())
            // All is in the socket by now; there is room for more as soon as the reader has taken some.
            let descriptor = try #require(exchange as? SuspendedConnection).descriptor
            var untakenBytes: Int32 = 1
            while untakenBytes > 0, ioctl(descriptor, UInt(TIOCOUTQ), &untakenBytes) == 0 { sched_yield() }
            #expect(exchange.write([0x63]) == .ready)
            exchange.end()
            reader.join()
            #expect(answer.withLock { $0?.body } == piece + [0x62, 0x63])
            #expect(fixture.server.peerWatch.unsent == 0)
        }

        @Test func `a peer that takes nothing for the whole of its time is dropped`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(.init(workers: 1, peerTimeoutSeconds: 1), handler: handler)
            let client = try fixture.client()
            client.send("GET", "/")
            let exchange = try #require(try handler.take().first)
            let observer = PeerRecorder()
            exchange.observe(observer)
            #expect(exchange.write([UInt8](repeating: 0x61, count: 4 << 20)) == .behind)
            #expect(observer.waitsUntilGone())
            #expect(fixture.server.peerWatch.unsent == 0)
        }

        @Test func `peers may not be behind by more than a limit together`() throws {
            let handler = SuspendingHandler()
            let fixture = try ServerFixture(handler: handler)
            let piece = [UInt8](repeating: 0x61, count: PeerWatch.unsentBytesLimit / 2)
            let clients = try (0..<3).map { _ in
                let client = try fixture.client()
                client.send("GET", "/")
                return client
            }
            let exchanges = try handler.take(3)
            #expect(exchanges.map { $0.write(piece) } == [.behind, .behind, .gone])
            for client in clients { client.hangUp() }
            #expect(fixture.drain())
            #expect(fixture.server.peerWatch.unsent == 0)
        }
    }
}
