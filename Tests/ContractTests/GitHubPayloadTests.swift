import Foundation
import Testing

/// Bodies that GitHub really sends, signed as it signs them.
@Suite struct GitHubPayloadTests {
    @Test(
        .enabled(if: TestData.has("github-payloads"), TestData.missing),
        arguments: TestData.files(in: "github-payloads"))
    func `a GitHub delivery is stored byte for byte but for newlines`(file: String) throws {
        let shared = try SharedSite.current
        let body = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        // The file's first word is the event.
        let event = String(URL(fileURLWithPath: file).lastPathComponent.prefix { $0 != "." })
        let delivery = UUID().uuidString.lowercased()
        for path in ["/fx/events/webhook", shared.secret.path] {
            let reply = try shared.site.send(
                "POST", path,
                fields: [
                    ("Content-Type", "application/json"), ("User-Agent", "GitHub-Hookshot/044aadd"),
                    ("X-GitHub-Event", event), ("X-GitHub-Delivery", delivery),
                    SharedSecret(shared.secret.secret).field(for: body),
                ], body: body)
            #expect(reply.status == 202)
            let stored = try shared.spooled(reply)
            #expect(stored.data == body.filter { $0 != 0x0A && $0 != 0x0D })
            #expect(stored.hasRightChecksum)
            #expect(stored["id"] == delivery)
            let payload = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] ?? [:]
            let action = (payload["action"] as? String).map { "." + $0 } ?? ""
            #expect(stored["type"] == "com.github.\(event)\(action)")
            #expect(reply.json["eventType"] as? String == stored["type"])
            if let repository = payload["repository"] as? [String: Any], let url = repository["url"] as? String {
                #expect(stored["source"] == url)
            }
        }
    }

    @Test(.enabled(if: TestData.has("github-payloads"), TestData.missing))
    func `a GitHub delivery that was changed on its way is refused`() throws {
        let shared = try SharedSite.current
        let file = try #require(TestData.files(in: "github-payloads").first)
        var body = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        let field = SharedSecret(shared.secret.secret).field(for: body)
        body[body.count / 2] ^= 1
        let fields = [("Content-Type", "application/json"), ("X-GitHub-Event", "push"), field]
        #expect(try shared.site.send("POST", "/fx/events/webhook", fields: fields, body: body).status == 401)
    }
}
