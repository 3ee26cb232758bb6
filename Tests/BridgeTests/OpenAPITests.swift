import Authentication
import Events
import Foundation
import HTTPMessage
import Testing

@testable import Bridge

struct OpenAPITests {
    private typealias Object = [String: Any]

    private let document: Object

    init() throws {
        document = try #require(try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.bytes)) as? Object)
    }

    @Test func `the document is served to anybody, as it is and to be kept for a while`() throws {
        let fixture = try BridgeFixture()
        let answer = try fixture.send(.get, "/fx/openapi.json")
        #expect(answer.status == 200)
        #expect(Array(answer.body.utf8) == OpenAPIDocument.bytes)
        #expect(answer.field("Content-Type") == "application/json")
        #expect(answer.field("Cache-Control") == "public, max-age=300")
        #expect((document["openapi"] as? String)?.hasPrefix("3.1.") == true)
    }

    @Test func `it lists the public routes and their methods, all of them and no others`() throws {
        let paths = try #require(document["paths"] as? [String: Object])
        let routes: [Route] = [
            .events, .genericEvents, .webhook(keyID: nil), .webhook(keyID: "x"), .correlation(cid: "x"),
            .execution(id: "x"), .executions, .delivery(id: "x"), .openAPI,
        ]
        #expect(Set(paths.keys) == Set(routes.compactMap(Self.template)))
        for (template, operations) in paths {
            let path = template.replacing(#/\{\w+\}/#, with: "x")
            let route = try #require(Route(path: path, listener: .public), "\(template)")
            #expect(Self.template(of: route) == template)
            let allowed = Set("\(route.allowedMethods)".split(separator: ", ").map { $0.lowercased() })
            // OPTIONS tells more than the methods only where events are sent.
            #expect(Set(operations.keys) == allowed.subtracting(route.takesEvents ? ["head"] : ["head", "options"]))
            let named = template.matches(of: #/\{(\w+)\}/#).map { String($0.1) }
            for operation in operations.values.compactMap({ $0 as? Object }) {
                let parameters = operation["parameters"] as? [Object] ?? []
                #expect(parameters.filter { $0["in"] as? String == "path" }.map { $0["name"] as? String } == named)
            }
        }
    }

    @Test func `it lists every status that a route can answer with, and no others but the front server's`() throws {
        // nginx/snippets/fx-bridge-problems.conf words these; `default` stands for what is no good HTTP.
        let front: Set = ["408", "429", "502", "504", "default"]
        let paths = try #require(document["paths"] as? [String: [String: Object]])
        for (template, operations) in paths {
            let (name, operation) = try #require(operations.first { $0.key != "options" })
            let documented = try #require(operation["responses"] as? Object).keys
            let found = try statuses(of: template, method: name == "post" ? .post : .get)
            #expect(Set(documented).subtracting(front) == Set(found.map(String.init)), "\(template)")
        }
    }

    @Test func `every reference in it leads somewhere, and every component is referred to`() throws {
        let references = Self.references(in: document)
        #expect(!references.isEmpty)
        for reference in references {
            let steps = reference.split(separator: "/").dropFirst()
            let target = steps.reduce(document as Any?) { ($0 as? Object)?[String($1)] }
            #expect(reference.hasPrefix("#/") && target != nil, "\(reference)")
        }
        for (kind, components) in try #require(document["components"] as? [String: Object])
        where kind != "securitySchemes" {
            for name in components.keys { #expect(references.contains("#/components/\(kind)/\(name)")) }
        }
    }

    /// The path that the document should have for a route. A new route does not compile until it is named here.
    private static func template(of route: Route) -> String? {
        switch route {
        case .events: "/fx/events"
        case .genericEvents: "/fx/events/generic"
        case .webhook(keyID: nil): "/fx/events/webhook"
        case .webhook: "/fx/events/webhook/{key_id}"
        case .correlation: "/fx/cid/{cid}"
        case .execution: "/fx/executions/{execution_id}"
        case .executions: "/fx/executions"
        case .delivery: "/fx/deliveries/{delivery_id}"
        case .openAPI: "/fx/openapi.json"
        case .health, .readiness, .metrics: nil
        }
    }

    /// What it answers where an Idempotency-Key comes again: with another body, and more often than may wait.
    private func repeatedAnswers(
        _ path: String, _ body: String, token: AccessToken, of fixture: BridgeFixture
    ) throws -> [Answer] {
        let key = [("Idempotency-Key", "k")]
        fixture.disk.hold()
        let exchanges = (0..<BridgeFixture.followersLimit + 2).map { _ in
            fixture.begin(.post, path, body, token: token, fields: key)
        }
        fixture.disk.release()
        return try exchanges.map { try $0.answer() }
            + [try fixture.send(.post, path, body + " ", token: token, fields: key)]
    }

    /// What a route answers to all that can be right or wrong with a request.
    private func statuses(of template: String, method: HTTPMethod) throws -> Set<Int> {
        let fixture = try BridgeFixture()
        let key = try fixture.key()
        let path = template.replacing("{key_id}", with: key.credential.id).replacing(#/\{\w+\}/#, with: "x")
        let isReport = template == "/fx/executions"
        let token = try fixture.token(scopes: ["events:write", "status:read", "executions:write"])
        let weak = try fixture.token(scopes: [isReport ? "status:read" : "executions:write"])
        let body =
            isReport
            ? #"{"cid":"x","execution_id":"y","service":"s","status":"completed"}"#
            : #"{"event_source":"s","event_type":"t","payload":1}"#
        let cid = [("X-Correlation-ID", "x")]
        let twice = [("X-API-KEY", "a"), ("X-API-KEY", "b")]
        _ = try fixture.send(.post, "/fx/events/generic", "1", token: token, fields: cid)
        let named = #"{"specversion":"1.0","id":"x","source":"/s","type":"t","data":1}"#
        _ = try fixture.send(
            .post, "/fx/events/generic", named, token: token, fields: cid, contentType: "application/cloudevents+json")
        try fixture.waitForIndex(of: "x")

        let wrongMethod = try fixture.send(.other("PUT"), path, body, token: token)
        var answers = [
            wrongMethod, try fixture.send(method, path, body, token: token, fields: cid),
            try fixture.send(method, path, "{", token: token), try fixture.send(method, path, body, fields: twice),
            try fixture.send(method, path, body), try fixture.send(method, path, body, token: weak),
            try fixture.send(method, path, body, token: token, contentType: "text/plain"),
            try fixture.send(method, path, body: .tooLarge(limit: 1), token: token),
        ]
        if template.contains("{") {
            answers.append(try fixture.send(method, path + "-unknown", body, token: token))
        }
        if method == .post, !isReport { answers += try repeatedAnswers(path, body, token: token, of: fixture) }
        if template == "/fx/events/webhook/{key_id}" {
            let slack = try fixture.key(provider: .slack)
            let challenge = #"{"type":"url_verification","challenge":"c"}"#
            let signed = try RequestSigner(slack).fields(
                signing: Array(challenge.utf8), messageID: "m", nowSeconds: moment / 1_000_000)
            answers.append(
                try fixture.send(
                    .post, "/fx/events/webhook/\(slack.credential.id)", challenge,
                    fields: signed.map { ($0.name, $0.value) }))
        }
        if isReport {
            let stranger = try fixture.token(tenant: "other", scopes: ["executions:write"])
            answers.append(try fixture.send(method, path, body, token: stranger))
        }
        if ["/fx/executions/{execution_id}", "/fx/cid/{cid}"].contains(template) {
            let report = ExecutionReport(
                cid: try CorrelationID("x"), executionID: "x", service: "s", status: .completed)
            try fixture.report([report])
            answers.append(try fixture.send(method, path, token: token))
            answers.append(try fixture.send(method, path + "?wait=x", token: token))
            answers.append(try fixture.send(method, path, token: token, fields: [("If-None-Match", "*")]))
        }
        if template == "/fx/cid/{cid}" {
            let accept = [("Accept", "text/event-stream")]
            let stream = fixture.begin(method, path, token: token, fields: accept)
            let text = try #require(stream.streamed { _, isEnded in isEnded })
            let lastID = try #require(text.matches(of: #/id: (\w+)/#).last?.1)
            let resumed = accept + [("Last-Event-ID", String(lastID))]
            answers.append(try fixture.send(method, path, token: token, fields: resumed))
        }
        fixture.writer.stop()
        fixture.reportWriter.stop()
        fixture.indexer.stop()
        try FileManager.default.removeItem(atPath: fixture.directory.index)
        // A reader looks ten times a second whether its index is still the one.
        let deadline = ContinuousClock.now + .seconds(5)
        repeat {
            answers.append(try fixture.send(method, path, body, token: token))
        } while template != "/fx/openapi.json" && answers.last?.status != 503 && ContinuousClock.now < deadline
        return Set(answers.map(\.status))
    }

    private static func references(in value: Any) -> Set<String> {
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(references(in: $1)) } }
        guard let object = value as? Object else { return [] }
        return object.reduce(into: []) { found, member in
            if member.key == "$ref", let reference = member.value as? String { found.insert(reference) }
            found.formUnion(references(in: member.value))
        }
    }
}
