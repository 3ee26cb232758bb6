import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct MethodTests {
    private static let posts = [
        "/fx/events", "/fx/events/generic", "/fx/events/webhook", "/fx/events/webhook/k", "/fx/executions",
    ]
    private static let gets = ["/fx/cid/c", "/fx/executions/e", "/fx/openapi.json"]

    @Test func `a path that leads nowhere is 404, whatever the method, and asks for no credential`() throws {
        let fixture = try BridgeFixture()
        let paths = [
            "/", "", "*", "/fx", "/fx/", "/fx/event", "/fx/events/", "/fx/EVENTS", "/fx//events", "/fx/events/generic/",
            "/fx/cid", "/fx/cid/", "/fx/cid/a/b", "/fx/executions/", "/fx/events/webhook/", "/fx/events/webhook/a/b",
            "/fx/cid/%zz", "/fx/cid/%4", "/fx/cid/%ff", "/metrics", "/healthz", "/readyz",
        ]
        for path in paths {
            for method in [HTTPMethod.get, .post, .head, .options, .other("DELETE")] {
                let answer = try fixture.send(method, path)
                #expect(answer.status == 404, "\(method.name) \(path)")
                #expect(answer.problem == "not-found")
                #expect(answer.isBodyOmitted == (method == .head))
            }
        }
    }

    @Test(arguments: posts)
    func `a path that is posted to answers other methods with 405 and what it takes`(path: String) throws {
        let fixture = try BridgeFixture()
        for method in [HTTPMethod.get, .head, .other("PUT"), .other("DELETE"), .other("PATCH"), .other("post")] {
            let answer = try fixture.send(method, path)
            #expect(answer.status == 405)
            #expect(answer.problem == "method-not-allowed")
            #expect(answer.field("Allow") == "OPTIONS, POST")
            #expect(answer.isBodyOmitted == (method == .head))
        }
    }

    @Test(arguments: gets)
    func `a path that is read answers other methods with 405 and what it takes`(path: String) throws {
        let fixture = try BridgeFixture()
        for method in [HTTPMethod.post, .other("PUT"), .other("DELETE"), .other("TRACE")] {
            let answer = try fixture.send(method, path)
            #expect(answer.status == 405)
            #expect(answer.field("Allow") == "GET, HEAD, OPTIONS")
        }
    }

    @Test func `OPTIONS tells the methods of a path without a credential and without a body`() throws {
        let fixture = try BridgeFixture()
        for path in Self.posts + Self.gets {
            let answer = try fixture.send(.options, path)
            #expect(answer.status == 204)
            #expect(answer.fields == ["Allow: " + (Self.posts.contains(path) ? "OPTIONS, POST" : "GET, HEAD, OPTIONS")])
            #expect(answer.body.isEmpty)
        }
    }

    @Test func `HEAD answers as GET does but for the body`() throws {
        let fixture = try BridgeFixture()
        let token = try fixture.token()
        let cid = try fixture.send(.post, "/fx/events/generic", "1", token: token).cid
        for path in ["/fx/cid/\(cid)", "/fx/cid/unknown", "/fx/openapi.json"] {
            let get = try fixture.send(.get, path, token: token)
            let head = try fixture.send(.head, path, token: token)
            #expect(!get.isBodyOmitted && head.isBodyOmitted)
            #expect(head.status == get.status)
            #expect(head.fields == get.fields)
        }
    }

    @Test func `a problem names the request that the operator's log names`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.get, "/nowhere", requestID: "5f0c\"")
        #expect(
            answer.body
                == #"{"type":"urn:fx-bridge:problem:not-found","title":"There is nothing at this path","status":404,"#
                + #""detail":"See /fx/openapi.json for the paths there are.","#
                + #""instance":"urn:fx-bridge:request:5f0c\""}"#)
        #expect(
            answer.fields == [
                "Cache-Control: no-store", "Content-Type: application/problem+json",
                "Content-Length: \(answer.body.utf8.count)",
            ])
    }
}
