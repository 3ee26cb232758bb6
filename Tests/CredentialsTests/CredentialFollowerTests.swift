import Authentication
import Glibc
import Synchronization
import Testing

@testable import Credentials

/// What a follower has said.
private final class Reports: Sendable {
    private let all = Mutex<[CredentialFollower.Report]>([])

    func append(_ report: CredentialFollower.Report) { all.withLock { $0.append(report) } }

    func taken() -> [CredentialFollower.Report] {
        all.withLock { reports in
            defer { reports = [] }
            return reports
        }
    }
}

@Suite("The follower of credentials")
struct CredentialFollowerTests {
    private let directory = TemporaryDirectory()
    private let reports = Reports()
    private let start = ContinuousClock.now
    private var randomness = SystemRandomNumberGenerator()
    private var store: CredentialStore { CredentialStore(path: directory.credentials) }

    private func follower() throws -> CredentialFollower {
        try CredentialFollower(path: directory.credentials, now: start) { [reports] in reports.append($0) }
    }

    private func isLetIn(_ token: AccessToken, by ring: KeyRing) -> Bool {
        let presented = PresentedCredentials(apiKey: .single(Array(token.text.utf8)[...]))
        return (try? ring.authenticate(presented, signed: [], nowSeconds: noon)) != nil
    }

    @Test("knows a new token and refuses a revoked one once the last look is half a second old")
    mutating func changes() throws {
        let first = try store.createToken(request("first"), nowSeconds: noon, using: &randomness).token
        let follower = try follower()
        #expect(isLetIn(first, by: follower.keyRing(now: start)))

        let second = try store.createToken(request("second"), nowSeconds: noon, using: &randomness).token
        _ = try store.revokeToken(first.id, nowSeconds: noon)
        let early = follower.keyRing(now: start.advanced(by: .milliseconds(499)))
        #expect(isLetIn(first, by: early) && !isLetIn(second, by: early))
        let late = follower.keyRing(now: start.advanced(by: .milliseconds(500)))
        #expect(!isLetIn(first, by: late) && isLetIn(second, by: late))
        #expect(reports.taken() == [.replaced(tokensCount: 2, secretKeysCount: 0)])

        #expect(follower.keyRing(now: start.advanced(by: .seconds(9))) === late)
        #expect(reports.taken().isEmpty)
    }

    @Test("takes a hint at once")
    mutating func hint() throws {
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        let follower = try follower()
        let second = try store.createToken(request(), nowSeconds: noon, using: &randomness).token
        follower.reload()
        #expect(isLetIn(second, by: follower.keyRing(now: start)))
        follower.reload()
        #expect(reports.taken() == [.replaced(tokensCount: 2, secretKeysCount: 0)])
    }

    @Test("keeps the last good file while the new one is broken, says so once, and takes the repaired one")
    mutating func brokenFile() throws {
        let token = try store.createToken(request(), nowSeconds: noon, using: &randomness).token
        let good = String(decoding: readFile(directory.credentials), as: UTF8.self)
        let follower = try follower()

        writeFile(directory.credentials, String(good.dropLast(20)))
        for seconds in 1...5 {
            #expect(isLetIn(token, by: follower.keyRing(now: start.advanced(by: .seconds(seconds)))))
        }
        #expect(reports.taken() == [.keptLastGood(.notJSON(path: directory.credentials))])

        writeFile(directory.credentials, "{\"version\":9}")
        follower.reload()
        follower.reload()
        #expect(reports.taken() == [.keptLastGood(.unknownVersion(path: directory.credentials, version: 9))])

        writeFile(directory.credentials, good)
        #expect(isLetIn(token, by: follower.keyRing(now: start.advanced(by: .seconds(6)))))
        #expect(reports.taken() == [.replaced(tokensCount: 1, secretKeysCount: 0)])
    }

    @Test("keeps the last good file while there is none, or one that others can read")
    mutating func missingOrExposed() throws {
        let token = try store.createToken(request(), nowSeconds: noon, using: &randomness).token
        let follower = try follower()
        func lookTwice() {
            follower.reload()
            follower.reload()
            #expect(isLetIn(token, by: follower.keyRing(now: start)))
        }
        rename(directory.credentials, directory.path + "/aside")
        lookTwice()
        #expect(reports.taken() == [.keptLastGood(.missing(path: directory.credentials))])
        rename(directory.path + "/aside", directory.credentials)
        chmod(directory.credentials, 0o644)
        lookTwice()
        #expect(reports.taken() == [.keptLastGood(.exposed(path: directory.credentials, mode: 0o644))])
        chmod(directory.credentials, 0o600)
        lookTwice()
        #expect(reports.taken() == [.replaced(tokensCount: 1, secretKeysCount: 0)])
    }

    @Test("starts without a file, lets nobody in, says what to do, and takes the first file that comes")
    mutating func startsWithoutFile() throws {
        let follower = try follower()
        #expect(reports.taken() == [.keptLastGood(.missing(path: directory.credentials))])
        #expect(follower.keyRing(now: .now).tokensCount == 0)
        #expect(follower.brokenBecause == nil)
        _ = try store.createToken(request(), nowSeconds: noon, using: &randomness)
        follower.reload()
        #expect(reports.taken() == [.replaced(tokensCount: 1, secretKeysCount: 0)])
    }

    @Test("cannot start with a file that is no good")
    func firstRead() throws {
        writeFile(directory.credentials, "{}")
        #expect(thrown { try follower() } == .invalidMember(path: directory.credentials, member: "version"))
        #expect(reports.taken().isEmpty)
    }

    @Test("serves many threads while the file changes under them")
    func threads() async throws {
        let path = directory.credentials
        var randomness = SystemRandomNumberGenerator()
        let token = try store.createToken(request(), nowSeconds: noon, using: &randomness).token
        let follower = try follower()
        let start = start
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<2000).allSatisfy { step in
                        isLetIn(token, by: follower.keyRing(now: start.advanced(by: .milliseconds(100 * step))))
                    }
                }
            }
            group.addTask {
                var randomness = SystemRandomNumberGenerator()
                for _ in 0..<20 {
                    _ = try CredentialStore(path: path).createToken(request(), nowSeconds: noon, using: &randomness)
                }
                return true
            }
            for try await isGood in group { #expect(isGood) }
        }
        follower.reload()
        #expect(follower.keyRing(now: start).tokensCount == 21)
    }
}
