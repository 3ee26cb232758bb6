import Glibc
import HTTPMessage
import Testing
import Threading

@testable import FastCGI

/// One after the other: libfcgi's start is not made for several threads.
@Suite(.serialized) struct FastCGIServerTests {
    @Test func `a kept connection serves one request after the other`() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        for number in 0..<200 {
            client.send("POST", "/a/b?c=\(number)", body: Array("body \(number)".utf8))
            let response = try #require(try client.response())
            #expect(response.status == 200)
            #expect(response.text == "POST /a/b c=\(number) body \(number)")
        }
        for method in ["GET", "OPTIONS", "PATCH"] {
            client.send(method, "/", announcing: "")
            #expect(try client.response()?.text == "\(method) /  ")
        }
    }

    @Test func `an answer is status, fields and body as they were given, and HEAD has no body`() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        client.send("GET", "/x")
        let answer = try #require(try client.response())
        #expect(answer.head == "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 8")
        #expect(answer.text == "GET /x  ")
        client.send("HEAD", "/x")
        let head = try #require(try client.response())
        #expect(head.head == "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9")
        #expect(head.body.isEmpty)
    }

    @Test func `a connection that is not to be kept is closed at once behind the answer`() throws {
        let fixture = try ServerFixture()
        for _ in 0..<20 {
            let client = try fixture.client()
            client.send("once", keepingConnection: false)
            #expect(try client.response()?.text == "POST /  once")
            #expect(try client.isClosedByServer())
        }
        let client = try fixture.client()
        client.send("first")
        #expect(try client.response()?.text == "POST /  first")
        client.send("last", keepingConnection: false)
        #expect(try client.response()?.text == "POST /  last")
        #expect(try client.isClosedByServer())
    }

    @Test func `many connections idle without a worker of their own`() throws {
        let fixture = try ServerFixture(.init(workers: 2))
        let clients = try (0..<256).map { _ in try fixture.client() }
        for round in 0..<3 {
            for (index, client) in clients.enumerated() where (index + round) % 2 == 0 {
                client.send("\(round) \(index)")
                #expect(try client.response()?.text == "POST /  \(round) \(index)")
            }
        }
        // All at once too: more requests than workers wait for their turn.
        for client in clients { client.send("all") }
        for client in clients { #expect(try client.response()?.text == "POST /  all") }
    }

    @Test func `answers come from any thread, in any order, while no worker waits for them`() throws {
        let handler = KeepingHandler()
        let fixture = try ServerFixture(.init(workers: 1), handler: handler)
        let clients = try (0..<16).map { _ in try fixture.client() }
        for round in 0..<5 {
            for (index, client) in clients.enumerated() { client.send("\(round) \(index)") }
            let kept = try handler.take(16)
            let thread = try WorkerThread(name: "answers") { for one in kept.reversed() { one.answer() } }
            for (index, client) in clients.enumerated() {
                #expect(try client.response()?.text == "POST /  \(round) \(index)")
            }
            thread.join()
        }
    }

    @Test func `a large answer arrives whole`() throws {
        struct LargeHandler: HTTPHandler {
            static let body = (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            func handle(_ request: HTTPRequest, exchange: any HTTPExchange, worker: Int) {
                var response = HTTPResponse(.ok)
                response.setBody(Self.body, type: "application/octet-stream")
                exchange.respond(response)
            }
        }
        let fixture = try ServerFixture(handler: LargeHandler())
        let client = try fixture.client()
        for _ in 0..<2 {
            client.send("GET", "/")
            #expect(try client.response()?.body == LargeHandler.body)
        }
    }

    @Test func `beyond the limit of connections new ones wait until there is room`() throws {
        let fixture = try ServerFixture(.init(workers: 2, connectionsLimit: 2))
        let (first, second) = (try fixture.client(), try fixture.client())
        for client in [first, second] {
            client.send("a")
            #expect(try client.response()?.text == "POST /  a")
        }
        let third = try fixture.client()
        third.send("b")
        let notice = fixture.notices.wait(milliseconds: 20_000) { $0.first }
        #expect(notice == .connectionsLimitReached(2))
        // Those that are in go on.
        second.send("c")
        #expect(try second.response()?.text == "POST /  c")
        first.hangUp()
        #expect(try third.response()?.text == "POST /  b")
    }
}
