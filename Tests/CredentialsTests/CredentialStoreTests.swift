import Authentication
import Glibc
import Testing

@testable import Credentials

let noon: Int64 = 1_767_355_200

func request(
    _ name: String = "build server", scopes: [String] = ["events:write"], expires: Int64? = nil
) throws -> CredentialRequest {
    try CredentialRequest(
        tenant: "acme", name: name, scopes: scopes, sources: ["/ci/*"], types: ["build.?"], expiresSeconds: expires)
}

func thrown(_ body: () throws -> some Any) -> CredentialsError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error as? CredentialsError
    }
}

@Suite("The store of credentials")
struct CredentialStoreTests {
    let directory = TemporaryDirectory()
    var randomness = SystemRandomNumberGenerator()
    var store: CredentialStore { CredentialStore(path: directory.credentials) }

    @Test("gives back what was created, and keeps of a token only its digest")
    mutating func tokens() throws {
        let (token, record) = try store.createToken(
            request(expires: noon + 100), nowSeconds: noon, using: &randomness)
        #expect(try store.contents().tokens == [record])
        #expect(record.credential.id == token.id)
        #expect(record.credential.createdSeconds == noon)
        #expect(record.credential.expiresSeconds == noon + 100)
        #expect(record.digest == token.digest)
        let text = String(decoding: readFile(directory.credentials), as: UTF8.self)
        #expect(!text.contains(token.text.revealed.suffix(38)))
        #expect(text.contains(#""sources" : ["#) && text.contains(#""/ci/*""#))
        #expect(permissions(directory.credentials) == 0o600)
        #expect(directory.names == ["credentials.json", "credentials.json.lock"])
    }

    @Test("makes a secret of 32 random bytes, or takes the operator's")
    mutating func secretKeys() throws {
        let made = try store.createSecretKey(request(), provider: .github, nowSeconds: noon, using: &randomness)
        let text = try #require(made.secrets.first?.value.revealed)
        #expect(text.utf8.count == 64 && text.allSatisfy { $0.isHexDigit })
        let given = try store.createSecretKey(
            request(), provider: .github, secret: Secret("sixteen bytes ok"), nowSeconds: noon, using: &randomness)
        #expect(given.secrets.map(\.value.revealed) == ["sixteen bytes ok"])
        #expect(try store.contents().secretKeys == [made, given])
        let ring = try store.contents().keyRing
        #expect([made, given].allSatisfy { ring.isTriedOnBareURL(keyID: $0.credential.id, nowSeconds: noon) })
    }

    @Test("refuses secrets that are too short, too long, several lines, or another key's")
    mutating func badSecrets() throws {
        let taken = try store.createSecretKey(
            request(), provider: .github, secret: Secret("sixteen bytes ok"), nowSeconds: noon, using: &randomness)
        let expected: [(String, CredentialsError)] = [
            ("", .secretLengthWrong(bytesCount: 0)), ("fifteen bytes..", .secretLengthWrong(bytesCount: 15)),
            (String(repeating: "x", count: 1025), .secretLengthWrong(bytesCount: 1025)),
            ("sixteen bytes ok\nand a line", .secretNotText),
            ("sixteen bytes ok", .secretTaken(keyID: taken.credential.id)),
        ]
        for (secret, error) in expected {
            let found = thrown {
                try store.createSecretKey(
                    request(), provider: .github, secret: Secret(secret), nowSeconds: noon, using: &randomness)
            }
            #expect(found == error)
            #expect(secret.isEmpty || found?.description.contains(secret) == false)
        }
        _ = try store.createSecretKey(
            request(), provider: .github, secret: Secret(String(repeating: "x", count: 1024)), nowSeconds: noon,
            using: &randomness)
    }

    @Test("revokes once and for all, and forgets a revoked key's secrets")
    mutating func revocation() throws {
        let token = try store.createToken(request(), nowSeconds: noon, using: &randomness).record
        let key = try store.createSecretKey(
            request(), provider: .github, secret: Secret("sixteen bytes ok"), nowSeconds: noon, using: &randomness)
        #expect(try store.revokeToken(token.credential.id, nowSeconds: noon + 1).credential.revokedSeconds == noon + 1)
        #expect(try store.revokeToken(token.credential.id, nowSeconds: noon + 9).credential.revokedSeconds == noon + 1)
        let revoked = try store.revokeSecretKey(key.credential.id, nowSeconds: noon + 2)
        #expect(revoked.credential.revokedSeconds == noon + 2)
        #expect(!String(decoding: readFile(directory.credentials), as: UTF8.self).contains("sixteen"))
        #expect(thrown { try store.revokeToken("aaaaaaaaaaaa", nowSeconds: noon) } == .unknownToken(id: "aaaaaaaaaaaa"))
        #expect(
            thrown { try store.revokeSecretKey(token.credential.id, nowSeconds: noon) }
                == .unknownSecretKey(id: token.credential.id))
        // The revoked key's secret is free again.
        _ = try store.createSecretKey(
            request(), provider: .github, secret: Secret("sixteen bytes ok"), nowSeconds: noon, using: &randomness)
    }

    @Test("without a file lists and revokes nothing and says how to make one")
    func missing() {
        #expect(thrown { try store.contents() } == .missing(path: directory.credentials))
        #expect(
            thrown { try store.revokeToken("aaaaaaaaaaaa", nowSeconds: 0) } == .missing(path: directory.credentials))
        #expect(CredentialsError.missing(path: "x").description.contains("token create"))
        #expect(!directory.names.contains("credentials.json"))
    }

    @Test("refuses a file that others can read", arguments: [0o640, 0o604, 0o644, 0o620, 0o601])
    mutating func exposed(mode: mode_t) throws {
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        chmod(directory.credentials, mode)
        #expect(thrown { try store.contents() } == .exposed(path: directory.credentials, mode: mode))
        #expect(
            thrown { try store.createToken(request(), nowSeconds: noon, using: &randomness) }
                == .exposed(path: directory.credentials, mode: mode))
        #expect("\(CredentialsError.exposed(path: "c.json", mode: mode))".contains("chmod 600 c.json"))
        chmod(directory.credentials, 0o600)
        #expect(try store.contents().tokens.count == 1)
    }

    @Test("of several writers at once loses no change")
    func concurrency() async throws {
        let path = directory.credentials
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var randomness = SystemRandomNumberGenerator()
                    for number in 0..<10 {
                        _ = try CredentialStore(path: path).createToken(
                            request("\(writer)-\(number)"), nowSeconds: noon, using: &randomness)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(try store.contents().tokens.map(\.credential.name)).count == 80)
    }

    @Test("does not wait for ever for another's lock")
    func locked() throws {
        let file = CredentialFile(path: directory.credentials)
        try file.withLock { () throws(CredentialsError) in
            #expect(
                thrown { try file.withLock(patience: .milliseconds(20)) { () throws(CredentialsError) in } }
                    == .locked(path: directory.credentials))
        }
        try file.withLock { () throws(CredentialsError) in }
    }

    @Test("overcomes what a killed writer has left")
    mutating func leftover() throws {
        writeFile(directory.credentials + ".new", "{\"version\":1,\"tok", mode: 0o644)
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        #expect(permissions(directory.credentials) == 0o600)
        #expect(directory.names == ["credentials.json", "credentials.json.lock"])
    }

    @Test("changed by root stays its owner's file", .enabled(if: geteuid() == 0, "needs root"))
    mutating func ownership() throws {
        chown(directory.path, 12_345, 12_346)
        func owner(_ name: String) -> [UInt32] {
            var status = stat()
            stat(directory.path + "/" + name, &status)
            return [status.st_uid, status.st_gid]
        }
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        #expect(owner("credentials.json") == [12_345, 12_346])
        #expect(owner("credentials.json.lock") == [12_345, 12_346])
        chown(directory.credentials, 11_111, 11_112)
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        #expect(owner("credentials.json") == [11_111, 11_112])
    }

    @Test("says which call failed on which path")
    mutating func directoryGone() throws {
        let store = CredentialStore(path: directory.path + "/nowhere/credentials.json")
        #expect(
            thrown { try store.createToken(request(), nowSeconds: noon, using: &randomness) }
                == .system(call: "open", path: directory.path + "/nowhere/credentials.json.lock", errno: ENOENT))
    }
}

@Suite("A request for a credential")
struct CredentialRequestTests {
    @Test("names the argument that is not allowed")
    func refusals() throws {
        func make(
            tenant: String = "acme", name: String = "n", scopes: [String] = ["events:write"], globs: [String] = []
        ) -> CredentialsError? {
            thrown { try CredentialRequest(tenant: tenant, name: name, scopes: scopes, sources: globs) }
        }
        #expect(make() == nil)
        #expect(make(tenant: "Acme") == .tenantInvalid("Acme"))
        #expect(make(name: "") == .nameInvalid)
        #expect(make(name: String(repeating: "n", count: 128)) == nil)
        #expect(make(name: String(repeating: "n", count: 129)) == .nameInvalid)
        #expect(make(name: "a\tb") == .nameInvalid)
        #expect(make(scopes: []) == .scopeMissing)
        #expect(make(scopes: ["events:read"]) == .scopeUnknown("events:read"))
        #expect(make(globs: [""]) == .globInvalid(""))
        #expect(make(globs: Array(repeating: "*", count: 32)) == nil)
        #expect(make(globs: Array(repeating: "*", count: 33)) == .tooManyGlobs(limit: 32))
    }

    @Test("for a time that has passed is refused")
    func expiry() throws {
        var randomness = SystemRandomNumberGenerator()
        let directory = TemporaryDirectory()
        let store = CredentialStore(path: directory.credentials)
        #expect(
            thrown { try store.createToken(request(expires: noon), nowSeconds: noon, using: &randomness) }
                == .expiryInPast)
        _ = try store.createToken(request(expires: noon + 1), nowSeconds: noon, using: &randomness)
    }
}
