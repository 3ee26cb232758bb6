import Foundation

extension TestSite {
    /// Sends one request on a connection of its own, and reads the answer.
    func send(
        _ method: String, _ path: String, fields: [(String, String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPReply {
        let connection = try HTTPConnection(port: port)
        return try connection.send(method, path, fields: fields + [("Connection", "close")], body: body)
    }

    /// Posts JSON with an access token.
    func post(
        _ path: String, _ json: String, token: String?, fields: [(String, String)] = []
    ) throws -> HTTPReply {
        let credential = token.map { [("X-API-KEY", $0)] } ?? []
        return try send(
            "POST", path, fields: [("Content-Type", "application/json")] + credential + fields, body: Array(json.utf8))
    }

    func get(_ path: String, token: String?, fields: [(String, String)] = []) throws -> HTTPReply {
        try send("GET", path, fields: (token.map { [("X-API-KEY", $0)] } ?? []) + fields)
    }

    /// Asks the operator's listener.
    func operatorReply(_ path: String, method: String = "GET") throws -> HTTPReply {
        let connection = try HTTPConnection(unixPath: home + "/run/operator.sock")
        return try connection.send(method, path, fields: [("Connection", "close")])
    }
}

/// An access token as `fxctl token create --json` shows it.
struct TokenGrant: Decodable {
    let id: String
    let token: String
}

/// A secret key as `fxctl secret create --json` shows it.
struct SecretGrant: Decodable {
    let id: String
    let secret: String
    /// The webhook URL's path for this key alone.
    let path: String
}

extension TestSite {
    func fxctl(_ arguments: [String], input: String? = nil) throws -> CommandResult {
        try CommandResult.run(
            Checkout.products + "/fxctl", ["--config", config] + arguments, input: input)
    }

    /// Makes an access token, and waits until the running bridge knows it.
    func makeToken(
        tenant: String = "test", scopes: [String] = ["events:write", "status:read"], options: [String] = []
    ) throws -> TokenGrant {
        let grant: TokenGrant = try create(
            ["token", "create", "--tenant", tenant, "--name", "test", "--scope"] + scopes + options + ["--json"])
        try awaitKnown { try self.get("/fx/cid/unknown", token: grant.token).status != 401 }
        return grant
    }

    /// Makes a secret key, and waits until the running bridge knows it.
    ///
    /// - Parameter secret: the shared secret; without one fxctl makes one up.
    func makeSecret(
        tenant: String = "test", provider: String = "github", secret: String? = nil, options: [String] = []
    ) throws -> SecretGrant {
        let given = secret == nil ? [] : ["--secret", "-"]
        let grant: SecretGrant = try create(
            ["secret", "create", "--tenant", tenant, "--name", "test", "--provider", provider] + given + options
                + ["--json"], input: secret)
        let shared = SharedSecret(secret ?? grant.secret)
        // A signed GET changes nothing, whatever the key may do.
        try awaitKnown {
            let path = "/fx/cid/unknown"
            return try self.get(path, token: nil, fields: [shared.field(for: Array(path.utf8))]).status != 401
        }
        return grant
    }

    private func create<Grant: Decodable>(_ arguments: [String], input: String? = nil) throws -> Grant {
        let result = try fxctl(arguments, input: input)
        guard result.exit == .code(0) else { throw HarnessError.command("fxctl", result) }
        return try JSONDecoder().decode(Grant.self, from: Data(result.output.utf8))
    }

    private func awaitKnown(_ probe: () throws -> Bool) throws {
        guard let bridge, !bridge.hasExited else { return }
        try waitUntil("the bridge knows the credential", seconds: 5, probe)
    }
}
