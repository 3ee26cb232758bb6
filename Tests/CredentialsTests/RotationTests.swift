import Authentication
import HTTPMessage
import Testing

@testable import Credentials

@Suite("The rotation of a secret key")
struct RotationTests {
    private let directory = TemporaryDirectory()
    private var randomness = SystemRandomNumberGenerator()
    private var store: CredentialStore { CredentialStore(path: directory.credentials) }

    private mutating func makeKey(_ provider: WebhookProvider = .github) throws -> SecretKeyRecord {
        let request = try CredentialRequest(tenant: "acme", name: "k", scopes: ["events:write"])
        return try store.createSecretKey(request, provider: provider, nowSeconds: noon, using: &randomness)
    }

    private func isGood(_ secret: Secret, _ id: String, at now: Int64, bare: Bool = false) throws -> Bool {
        var fields = HTTPFields()
        fields.append("X-Hub-Signature-256", HubSignature.sign([1], secret: secret))
        let presented = PresentedCredentials(fields: fields, keyID: bare ? nil : id)
        return (try? store.contents().keyRing.authenticate(presented, signed: [1], nowSeconds: now)) != nil
    }

    @Test("leaves both secrets good until the overlap ends, on both URLs")
    mutating func overlap() throws {
        let made = try makeKey()
        let id = made.credential.id
        let old = try #require(made.secrets.first?.value)
        let rotated = try store.rotateSecretKey(
            id, overlapSeconds: 3600, nowSeconds: noon + 10, using: &randomness)
        let new = try #require(rotated.secrets.last?.value)
        #expect(rotated.secrets.count == 2 && new != old)
        for bare in [false, true] {
            #expect(try isGood(old, id, at: noon + 3609, bare: bare) && isGood(new, id, at: noon + 10, bare: bare))
            #expect(try !isGood(old, id, at: noon + 3610, bare: bare) && isGood(new, id, at: noon + 9999, bare: bare))
        }
        let principal = { [store] (secret: Secret) in
            var fields = HTTPFields()
            fields.append("X-Hub-Signature-256", HubSignature.sign([1], secret: secret))
            return try store.contents().keyRing.authenticate(
                PresentedCredentials(fields: fields, keyID: id), signed: [1], nowSeconds: noon + 20)
        }
        #expect(try principal(old).signature?.isByReplacedSecret == true)
        #expect(try principal(new).signature?.isByReplacedSecret == false)
        // After its end the old one is known, and good for nothing.
        var fields = HTTPFields()
        fields.append("X-Hub-Signature-256", HubSignature.sign([1], secret: old))
        let found = try store.contents().keyRing.diagnose(keyID: id, fields: fields, body: [1], nowSeconds: noon + 3610)
        #expect(found.reason == .previousSecret)
    }

    @Test("without an overlap ends the old one at once")
    mutating func atOnce() throws {
        let made = try makeKey()
        let rotated = try store.rotateSecretKey(
            made.credential.id, secret: Secret("one that the operator brings"), overlapSeconds: 0, nowSeconds: noon,
            using: &randomness)
        #expect(rotated.secrets.map(\.createdSeconds) == [noon, noon + 1])
        #expect(try !isGood(made.secrets[0].value, made.credential.id, at: noon))
        #expect(try isGood(Secret("one that the operator brings"), made.credential.id, at: noon))
    }

    @Test("is refused while another one is under way, for keys that have ended, and for secrets that are no good")
    mutating func refusals() throws {
        let id = try makeKey().credential.id
        let standard = try makeKey(.standard).credential.id
        let gitlab = try makeKey(.gitlab).credential.id
        _ = try store.rotateSecretKey(id, overlapSeconds: 60, nowSeconds: noon, using: &randomness)
        let before = readFile(directory.credentials)
        #expect(throws: CredentialsError.rotationUnderWay(id: id, untilSeconds: noon + 60)) {
            try store.rotateSecretKey(id, overlapSeconds: 60, nowSeconds: noon + 59, using: &randomness)
        }
        #expect(throws: CredentialsError.secretFormatWrong(.standard)) {
            try store.rotateSecretKey(
                standard, secret: Secret("whsec_not base64 at all"), overlapSeconds: 1, nowSeconds: noon,
                using: &randomness)
        }
        #expect(throws: CredentialsError.secretTaken(keyID: id)) {
            let taken = try store.secretKey(id).secrets[0].value
            return try store.rotateSecretKey(
                gitlab, secret: taken, overlapSeconds: 1, nowSeconds: noon, using: &randomness)
        }
        #expect(readFile(directory.credentials) == before)
        _ = try store.rotateSecretKey(id, overlapSeconds: 60, isForced: true, nowSeconds: noon + 59, using: &randomness)
        _ = try store.rotateSecretKey(id, overlapSeconds: 60, nowSeconds: noon + 119, using: &randomness)
        _ = try store.revokeSecretKey(id, nowSeconds: noon)
        #expect(throws: CredentialsError.secretKeyEnded(id: id)) {
            try store.rotateSecretKey(id, overlapSeconds: 60, nowSeconds: noon, using: &randomness)
        }
        #expect(throws: CredentialsError.unknownSecretKey(id: "nobodynobody")) {
            try store.rotateSecretKey("nobodynobody", overlapSeconds: 60, nowSeconds: noon, using: &randomness)
        }
    }

    @Test("goes back to the secret before, and takes one that is good for nothing any more elsewhere")
    mutating func back() throws {
        let made = try makeKey()
        let (id, first) = (made.credential.id, made.secrets[0].value)
        let other = try makeKey().credential.id
        let second = try store.rotateSecretKey(id, overlapSeconds: 60, nowSeconds: noon, using: &randomness).secrets[1]
        #expect(throws: CredentialsError.secretTaken(keyID: id)) {
            try store.rotateSecretKey(
                id, secret: second.value, overlapSeconds: 0, isForced: true, nowSeconds: noon + 1, using: &randomness)
        }
        #expect(throws: CredentialsError.secretTaken(keyID: id)) {
            try store.rotateSecretKey(
                other, secret: first, overlapSeconds: 0, nowSeconds: noon + 59, using: &randomness)
        }
        let mended = try store.rotateSecretKey(
            id, secret: first, overlapSeconds: 0, nowSeconds: noon + 60, using: &randomness)
        #expect(mended.secrets.map(\.value) == [second.value, first])
        #expect(try isGood(first, id, at: noon + 60))
        #expect(try !isGood(second.value, id, at: noon + 60))
        _ = try store.rotateSecretKey(
            other, secret: second.value, overlapSeconds: 0, nowSeconds: noon + 60, using: &randomness)
        #expect(try isGood(second.value, other, at: noon + 60))
    }

    @Test("with eight secrets on the bare URL takes no other's place there")
    mutating func bareURL() throws {
        var keys: [SecretKeyRecord] = []
        for _ in 0..<8 { keys.append(try makeKey()) }
        let first = keys[0]
        let rotated = try store.rotateSecretKey(
            first.credential.id, overlapSeconds: 3600, nowSeconds: noon + 10, using: &randomness)
        for key in keys {
            #expect(try isGood(key.secrets[0].value, key.credential.id, at: noon + 20, bare: true))
        }
        let new = rotated.secrets[1].value
        #expect(try !isGood(new, first.credential.id, at: noon + 20, bare: true))
        #expect(try isGood(new, first.credential.id, at: noon + 20))
        #expect(try !store.contents().keyRing.isTriedOnBareURL(keyID: first.credential.id, nowSeconds: noon + 20))
        #expect(try isGood(new, first.credential.id, at: noon + 3610, bare: true))
    }
}

@Suite("When a credential was last used")
struct LastUseTests {
    private let directory = TemporaryDirectory()
    private var randomness = SystemRandomNumberGenerator()

    @Test("is known for each secret, outlives a change of the file, and the process")
    mutating func record() throws {
        let store = CredentialStore(path: directory.credentials)
        let request = try CredentialRequest(tenant: "acme", name: "k", scopes: ["events:write"])
        let key = try store.createSecretKey(request, provider: .github, nowSeconds: noon, using: &randomness)
        let (token, _) = try store.createToken(request, nowSeconds: noon, using: &randomness)
        let id = key.credential.id
        let rotated = try store.rotateSecretKey(id, overlapSeconds: 3600, nowSeconds: noon + 1, using: &randomness)
        let path = directory.path + "/last-used.json"

        let recorder = LastUseRecorder(path: path, interval: .milliseconds(1)) { Issue.record($0) }
        let follower = try CredentialFollower(path: directory.credentials, useNotice: recorder.notice) { _ in }
        try recorder.start(follower)
        func use(_ secret: Secret, at now: Int64) throws {
            var fields = HTTPFields()
            fields.append("X-Hub-Signature-256", HubSignature.sign([1], secret: secret))
            _ = try follower.keyRing(now: .now).authenticate(
                PresentedCredentials(fields: fields, keyID: id), signed: [1], nowSeconds: now)
        }
        try use(rotated.secrets[0].value, at: noon + 5)
        _ = try store.createToken(request, nowSeconds: noon, using: &randomness)
        follower.reload()
        try use(rotated.secrets[1].value, at: noon + 7)
        try use(rotated.secrets[1].value, at: noon + 7)
        _ = try follower.keyRing(now: .now).authenticate(
            PresentedCredentials(apiKey: .single(Array(token.text.utf8)[...])), signed: [], nowSeconds: noon + 9)
        // A clock that was set back makes nothing younger.
        try use(rotated.secrets[0].value, at: noon + 4)
        recorder.stop()

        let uses = try LastUseFile(path: path).read()
        func seconds(_ id: String, _ secret: Int64?) -> Int64? {
            uses.first { $0.credentialID == id && $0.secretCreatedSeconds == secret }?.lastUsedSeconds
        }
        #expect(
            seconds(id, noon) == noon + 5 && seconds(id, noon + 1) == noon + 7 && seconds(token.id, nil) == noon + 9)
        #expect(uses.count == 3)
        #expect(permissions(path) == 0o600)

        let next = LastUseRecorder(path: path) { Issue.record($0) }
        let successor = try CredentialFollower(path: directory.credentials, useNotice: next.notice) { _ in }
        try next.start(successor)
        #expect(successor.lastUses.first { $0.secretCreatedSeconds == noon }?.lastUsedSeconds == noon + 5)
        #expect(successor.lastUses.first { $0.secretCreatedSeconds == noon }?.isReplaced == true)
        next.stop()
    }

    @Test("is asked of a file that is not there, or is none, in vain and without harm")
    func broken() throws {
        let path = directory.path + "/last-used.json"
        #expect(try LastUseFile(path: path).read() == [])
        writeFile(path, "{\"version\":2}")
        #expect(throws: CredentialsError.notJSON(path: path)) { try LastUseFile(path: path).read() }
    }
}
