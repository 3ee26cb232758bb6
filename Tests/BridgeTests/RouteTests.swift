import HTTPMessage
import Testing

@testable import Bridge

struct RouteTests {
    @Test(
        arguments: [
            ("/fx/events", Route.events), ("/fx/events/generic", .genericEvents),
            ("/fx/events/webhook", .webhook(keyID: nil)), ("/fx/events/webhook/k3y", .webhook(keyID: "k3y")),
            ("/fx/cid/c", .correlation(cid: "c")), ("/fx/cid/%41%2f%E6%97%A5", .correlation(cid: "A/日")),
            ("/fx/cid/a+b", .correlation(cid: "a+b")), ("/fx/cid/..", .correlation(cid: "..")),
            ("/fx/executions/e%2D1", .execution(id: "e-1")), ("/fx/executions", .executions),
            ("/fx/openapi.json", .openAPI),
        ])
    func `a public path leads to its route, its last segment decoded`(path: String, route: Route) {
        #expect(Route(path: path, listener: .public) == route)
        #expect(Route(path: path, listener: .operator) == nil)
    }

    @Test func `a segment that is empty, more than one, or wrongly encoded leads nowhere`() {
        for tail in ["", "/", "a/", "a/b", "%", "%4", "%4x", "%-1", "%ff", "%C3", "a%"] {
            for head in ["/fx/cid/", "/fx/executions/", "/fx/events/webhook/"] {
                #expect(Route(path: head + tail, listener: .public) == nil, "\(head)\(tail)")
            }
        }
    }

    @Test func `the operator's listener has two paths`() {
        #expect(Route(path: "/healthz", listener: .operator) == .health)
        #expect(Route(path: "/readyz", listener: .operator) == .readiness)
        #expect(Route(path: "/metrics", listener: .operator) == .metrics)
        #expect(Route(path: "/healthz/", listener: .operator) == nil)
        #expect(Route(path: "/healthz", listener: .public) == nil)
    }

    @Test func `what a route allows is what its Allow field lists`() {
        let routes: [Route] = [
            .events, .genericEvents, .webhook(keyID: nil), .webhook(keyID: "k"), .correlation(cid: "c"),
            .execution(id: "e"), .openAPI, .health, .readiness,
        ]
        for route in routes {
            for method in [HTTPMethod.get, .head, .post, .options, .other("PUT"), .other("get")] {
                let listed = "\(route.allowedMethods)".split(separator: ", ").contains(Substring(method.name))
                #expect(route.allows(method) == listed, "\(method.name)")
            }
        }
    }
}

struct MediaTypeTests {
    @Test(
        arguments: [
            "application/json", "Application/JSON", " application/json ", "application/json;", "application/json ; ;",
            "application/json;charset=utf-8", "application/json; Charset=\"UTF-8\"",
            "application/json; charset = utf-8",
            "application/json; version=1; charset=utf-8", "application/json; charset", "application/cloudevents+json",
            "application/vnd.github.v3+json; q=1", "application/problem+JSON",
        ])
    func `JSON by any of its names is taken`(type: String) {
        #expect(MediaType.isJSON(type))
    }

    @Test(
        arguments: [
            "", " ", ";", "json", "text/json", "application/jsonx", "application/xjson", "application/+json",
            "application/json+xml", "application/json/", "text/plain; a=application/json", "application/x-ndjson",
            "application/json; charset=utf-16", "application/json; charset=", "application/json;charset=iso-8859-1",
            "application/json; charset=utf-8; charset=latin1", "application/json, text/plain", "multipart/form-data",
        ])
    func `what is not JSON in UTF-8 is not taken`(type: String) {
        #expect(!MediaType.isJSON(type))
    }
}

struct ProblemTests {
    @Test func `a problem says only what it knows`() {
        let answer = Answer(Problem("a-type", "A title", .forbidden).response(requestID: ""))
        #expect(answer.status == 403)
        #expect(answer.body == #"{"type":"urn:fx-bridge:problem:a-type","title":"A title","status":403}"#)
        #expect(
            answer.fields == [
                "Cache-Control: no-store", "Content-Type: application/problem+json",
                "Content-Length: \(answer.body.utf8.count)",
            ])
    }

    @Test func `a problem tells all it knows, escaped`() {
        var problem = Problem("a-type", "A title", .serviceUnavailable, detail: "a \"quote\" and a \n")
        problem.offset = 7
        problem.member = "m\\n"
        problem.retryAfterSeconds = 3
        problem.allow = "GET"
        let answer = Answer(problem.response(requestID: "r\"1"))
        #expect(
            answer.body
                == #"{"type":"urn:fx-bridge:problem:a-type","title":"A title","status":503,"#
                + #""detail":"a \"quote\" and a \n","offset":7,"member":"m\\n","#
                + #""instance":"urn:fx-bridge:request:r\"1"}"#)
        #expect(answer.field("Retry-After") == "3")
        #expect(answer.field("Allow") == "GET")
        #expect(answer.json["detail"] as? String == "a \"quote\" and a \n")
    }
}
