import Foundation
import Testing

/// Credentials that come and go while the bridge runs.
@Suite struct CredentialChangeTests {
    /// A change is followed within a second; the rest is for a busy machine.
    private static let followSeconds = 1.5

    @Test func `a new token works within a second, and a revoked one no longer`() throws {
        let site = try TestSite()
        let grant = try site.makeToken()
        #expect(try site.post("/fx/events/generic", "1", token: grant.token).status == 202)
        #expect(try site.fxctl(["token", "revoke", grant.id]).exit == .code(0))
        try waitUntil("the token is refused", seconds: Self.followSeconds) {
            try site.post("/fx/events/generic", "1", token: grant.token).status == 401
        }
    }

    @Test func `a new key works within a second, and a revoked one no longer`() throws {
        let site = try TestSite()
        let grant = try site.makeSecret(secret: "a secret that the provider chose")
        let body = Array("{}".utf8)
        let field = SharedSecret("a secret that the provider chose").field(for: body)
        func status() throws -> Int {
            let fields = [("Content-Type", "application/json"), field]
            return try site.send("POST", grant.path, fields: fields, body: body).status
        }
        #expect(try status() == 202)
        #expect(try site.fxctl(["secret", "revoke", grant.id]).exit == .code(0))
        try waitUntil("the signature is refused", seconds: Self.followSeconds) { try status() == 401 }
    }

    @Test func `a broken file changes nothing, is reported, and its repair is followed`() throws {
        let site = try TestSite()
        let token = try site.makeToken().token
        let file = site.home + "/credentials.json"
        let good = try #require(FileManager.default.contents(atPath: file))
        try replace(file, by: Data("{ broken".utf8))
        try waitUntil("the bridge says so", seconds: 5) { site.bridgeLog.contains("credentials") }
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        try replace(file, by: good)
        let next = try site.makeToken().token
        #expect(try site.post("/fx/events/generic", "1", token: next).status == 202)
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
    }

    @Test func `a file that vanishes changes nothing`() throws {
        let site = try TestSite()
        let token = try site.makeToken().token
        #expect(try site.post("/fx/events/generic", "1", token: token).status == 202)
        unlink(site.home + "/credentials.json")
        // As long as a change takes to be followed: the token must hold all the while.
        let deadline = ContinuousClock.now + .seconds(Self.followSeconds)
        while ContinuousClock.now < deadline {
            // So many at once may be more than nginx lets through for one token.
            try #require([202, 429].contains(try site.post("/fx/events/generic", "1", token: token).status))
        }
    }

    @Test func `a token is shown once and its secret is nowhere`() throws {
        let site = try TestSite(startsBridge: false)
        let grant = try site.makeToken()
        let secret = try #require(grant.token.components(separatedBy: "_").last)
        #expect(secret.count >= 20)
        let file = text(of: site.home + "/credentials.json")
        #expect(!file.isEmpty)
        #expect(!file.contains(secret))
        for arguments in [["token", "list"], ["token", "list", "--json"]] {
            let list = try site.fxctl(arguments)
            #expect(list.exit == .code(0))
            #expect(list.output.contains(grant.id))
            #expect(!list.output.contains(secret))
        }
    }

    @Test func `a list of keys shows no secret`() throws {
        let site = try TestSite(startsBridge: false)
        let grant = try site.makeSecret()
        for arguments in [["secret", "list"], ["secret", "list", "--json"]] {
            let list = try site.fxctl(arguments)
            #expect(list.output.contains(grant.id))
            #expect(!list.output.contains(grant.secret))
        }
    }

    @Test func `the file is the operator's alone`() throws {
        let site = try TestSite(startsBridge: false)
        _ = try site.makeToken()
        var status = stat()
        #expect(stat(site.home + "/credentials.json", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func `none is lost when several are made at once`() throws {
        let site = try TestSite(startsBridge: false)
        let children = try (0..<8).map { index in
            try ChildProcess(
                Checkout.products + "/fxctl",
                [
                    "--config", site.config, "token", "create", "--tenant", "t\(index)", "--name", "n", "--scope",
                    "events:write", "--json",
                ], output: site.home + "/log/token-\(index)")
        }
        for child in children { #expect(try child.wait(seconds: 30) == .code(0)) }
        let list = try site.fxctl(["token", "list", "--json"]).output
        for index in 0..<8 {
            let grant = try JSONDecoder().decode(
                TokenGrant.self, from: Data(text(of: site.home + "/log/token-\(index)").utf8))
            #expect(list.contains(grant.id))
        }
    }

    private func replace(_ file: String, by data: Data) throws {
        try data.write(to: URL(fileURLWithPath: file + ".test"))
        chmod(file + ".test", 0o600)
        rename(file + ".test", file)
    }
}
