import Foundation
import Testing

/// Deliveries that come again after something has happened to the bridge or the key.
@Suite struct RepeatedDeliveryTests {
    @Test func `a repeat after kill -9 gets the first answer`() throws {
        let site = try TestSite(startsBridge: false)
        let pairs = try ProviderDelivery.all.map { (delivery: $0, key: try $0.makeKey(site)) }
        try site.startBridge()
        func send(_ delivery: ProviderDelivery, _ key: SecretGrant) throws -> HTTPReply {
            try delivery.send(delivery.body, to: key, of: site, fields: delivery.signed(delivery.body))
        }
        let firsts = try pairs.map { try send($0.delivery, $0.key) }
        #expect(firsts.allSatisfy { $0.status == 202 })
        #expect(try site.stopBridge(signal: SIGKILL) == .signal(SIGKILL))
        try site.startBridge()
        for (pair, first) in zip(pairs, firsts) {
            // While the keys are read it is asked to come again, as providers do.
            let again = try eventually("the keys are read") {
                let reply = try send(pair.delivery, pair.key)
                return reply.status == 503 ? nil : reply
            }
            #expect(again.status == 202, "\(pair.delivery.testDescription)")
            #expect(again.body == first.body)
            #expect(again.field("Idempotent-Replayed") == "true")
            #expect(try site.spool.events().filter { $0["authid"] == pair.key.id }.count == 1)
        }
    }

    @Test func `deliveries that come at once make one event, and all get its answer`() throws {
        let site = try TestSite(startsBridge: false)
        let github = ProviderDelivery.github
        let key = try github.makeKey(site)
        try site.startBridge()
        let connections = try (0..<24).map { _ in try HTTPConnection(port: site.port) }
        let fields = [("Content-Type", "application/json")] + github.signed(github.body)
        let head =
            "POST \(key.path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            + fields.map { "\($0.0): \($0.1)\r\n" }.joined() + "Content-Length: \(github.body.utf8.count)\r\n\r\n"
        for connection in connections { try connection.write(Array(head.utf8)) }
        // nginx passes none of them on before its last byte.
        for connection in connections { try connection.write(Array(github.body.utf8)) }
        let replies = try connections.map { try $0.readReply() }
        #expect(replies.allSatisfy { $0.status == 202 })
        #expect(Set(replies.map(\.text)).count == 1)
        #expect(replies.filter { $0.field("Idempotent-Replayed") == "true" }.count == replies.count - 1)
        #expect(try site.spool.events().count == 1)
    }

    @Test func `a key that wants it so takes a redelivery as another event`() throws {
        let site = try TestSite(startsBridge: false)
        let github = ProviderDelivery.github
        let key = try site.makeSecret(secret: github.secret, options: ["--no-idempotency"])
        try site.startBridge()
        for _ in 0..<2 {
            let reply = try github.send(github.body, to: key, of: site, fields: github.signed(github.body))
            #expect(reply.status == 202)
            #expect(reply.field("Idempotent-Replayed") == nil)
        }
        #expect(try site.spool.events().count == 2)
    }

    @Test func `both secrets are good while they overlap, and the list tells when the old one was used`() throws {
        let site = try TestSite(settings: ["limits.failures_per_minute": "0"], startsBridge: false)
        let key = try site.makeSecret(secret: "the first secret of this key")
        try site.startBridge()
        func status(_ secret: String) throws -> Int {
            let body = Array(#"{"delivery":"\#(UUID().uuidString)"}"#.utf8)
            let fields = [("Content-Type", "application/json"), SharedSecret(secret).field(for: body)]
            return try site.send("POST", key.path, fields: fields, body: body).status
        }
        let rotate = ["secret", "rotate", key.id, "--secret", "-", "--overlap"]
        #expect(try site.fxctl(rotate + ["24h"], input: "the second secret of this key").exit == .code(0))
        try waitUntil("the new secret is known", seconds: 5) { try status("the second secret of this key") == 202 }
        #expect(try status("the first secret of this key") == 202)
        #expect(try status("the third secret of this key") == 401)
        let metrics = try site.operatorReply("/metrics").text
        for secret in ["replaced", "current"] {
            let series = #"fx_bridge_credential_last_used_seconds{credential="\#(key.id)",secret="\#(secret)"} "#
            let value = metrics.split(separator: "\n").first { $0.hasPrefix(series) }?.dropFirst(series.count)
            #expect(value.flatMap { Int($0) }.map { abs($0 - Int(time(nil))) < 60 } == true, "\(secret)")
        }
        try waitUntil("the list tells of the old one's use", seconds: 30) {
            let list = try site.fxctl(["secret", "list", "--json"])
            let known = try JSONDecoder().decode(KeyList.self, from: Data(list.output.utf8))
            return known.secrets.first?.secrets.first?.lastUsed != nil
        }
        // A second rotation would end the first one's overlap: only when that is meant.
        #expect(try site.fxctl(rotate + ["0s"], input: "the third secret of this key").exit == .code(1))
        let forced = try site.fxctl(rotate + ["0s", "--force"], input: "the third secret of this key")
        #expect(forced.exit == .code(0))
        try waitUntil("the newest secret is known", seconds: 5) { try status("the third secret of this key") == 202 }
        #expect(try status("the second secret of this key") == 401)
        #expect(try status("the first secret of this key") == 401)
    }
}

/// What `fxctl secret list --json` says.
private struct KeyList: Decodable {
    struct Key: Decodable {
        struct Secret: Decodable {
            var lastUsed: String?

            enum CodingKeys: String, CodingKey {
                case lastUsed = "last_used"
            }
        }
        /// The oldest first.
        var secrets: [Secret]
    }
    var secrets: [Key]
}
