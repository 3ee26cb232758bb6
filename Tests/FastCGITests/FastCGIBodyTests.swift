import HTTPMessage
import Testing

@testable import FastCGI

extension FastCGIServerTests {
    @Suite(.serialized) struct Bodies {
        @Test(arguments: [0, 1, 999, 1000]) func `a body up to the limit is handed on whole`(size: Int) throws {
            let fixture = try ServerFixture(.init(workers: 1, bodyBytesLimit: 1000))
            let client = try fixture.client()
            for announced in [String(size), ""] {
                client.send(body: body(size), announcing: announced)
                #expect(try client.response()?.body == Array("POST /  ".utf8) + body(size))
            }
        }

        @Test(arguments: [1001, 65_535, 65_536, 65_537, 131_072, 1_000_000])
        func `a body over the limit is read and dropped, and the connection goes on`(size: Int) throws {
            let fixture = try ServerFixture(.init(workers: 1, bodyBytesLimit: 1000))
            let client = try fixture.client()
            for announced in [String(size), ""] {
                client.send(body: body(size), announcing: announced)
                #expect(try client.response()?.text == "POST /  too large, limit 1000")
                client.send("next")
                #expect(try client.response()?.text == "POST /  next")
            }
        }

        @Test(arguments: [4095, 4096, 4097, 8192, 8193, 65_535, 65_536, 65_537, 300_000])
        func `a body of no announced length is handed on whole, however long it is`(size: Int) throws {
            let fixture = try ServerFixture(.init(workers: 1, bodyBytesLimit: 300_000))
            let client = try fixture.client()
            client.send(body: body(size), announcing: "")
            #expect(try client.response()?.body == Array("POST /  ".utf8) + body(size))
        }

        @Test func `a body that somebody keeps stays as it is while others are read`() throws {
            let handler = KeepingHandler()
            let fixture = try ServerFixture(.init(workers: 1), handler: handler)
            let clients = try (0..<3).map { _ in try fixture.client() }
            let bodies = [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "c")].map {
                [UInt8](repeating: $0, count: 700)
            }
            var kept: [KeepingHandler.Kept] = []
            for (client, body) in zip(clients, bodies) {
                client.send(body: body, announcing: "700")
                kept += try handler.take(1)
            }
            for request in kept { request.answer() }
            for (client, body) in zip(clients, bodies) {
                #expect(try client.response()?.body == Array("POST /  ".utf8) + body)
            }
        }

        @Test func `a body that is not of the announced length is told, and the connection goes on`() throws {
            let fixture = try ServerFixture(.init(workers: 1, bodyBytesLimit: 1000))
            let client = try fixture.client()
            let cases = [
                (4, "10", "announced 10, came 4"), (0, "1", "announced 1, came 0"), (10, "4", "announced 4, came 10"),
                (10, "0", "announced 0, came 10"), (70_000, "5", "announced 5, came 70000"),
                (5, "x", "announced -1, came 0"), (5, "-5", "announced -1, came 0"),
                (5, "99999999999999999999999", "announced -1, came 0"), (5, "1001", "too large, limit 1000"),
            ]
            for (size, announced, text) in cases {
                client.send(body: body(size), announcing: announced)
                #expect(try client.response()?.text == "POST /  \(text)")
                client.send("next")
                #expect(try client.response()?.text == "POST /  next")
            }
        }

        @Test func `a body in many small records is one body`() throws {
            let fixture = try ServerFixture(.init(workers: 1))
            let client = try fixture.client()
            client.begin(announcing: "500")
            for byte in body(500) { client.sendBody([byte]) }
            client.endBody()
            #expect(try client.response()?.body == Array("POST /  ".utf8) + body(500))
        }

        @Test func `a body without end is answered, and the connection closed`() throws {
            let options = FastCGIServer.Options(workers: 2, bodyBytesLimit: 1000)
            let fixture = try ServerFixture(options)
            let client = try fixture.client()
            client.begin(announcing: "")
            // The server reads up to here, answers and hangs up; then sending fails.
            let chunk = body(1 << 20)
            let drained = FastCGIServer.Options.drainedBytesLimit(bodyBytesLimit: options.bodyBytesLimit)
            for _ in 0...(drained >> 20) { client.sendBody(chunk) }
            #expect(try client.response()?.text == "POST /  too large, limit 1000")
            #expect(try client.isClosedByServer())
            let other = try fixture.client()
            other.send("other")
            #expect(try other.response()?.text == "POST /  other")
        }

        private func body(_ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: 0x20 + $0 % 90) } }
    }
}
