import FoundationEssentials
import Glibc
import Testing

@testable import Credentials

@Suite("fxctl with signatures")
struct FxctlSignatureTests {
    private let directory = TemporaryDirectory()
    private let isBuilt = access(FxctlRun.executable, X_OK) == 0

    init() throws {
        try #require(isBuilt, "\(FxctlRun.executable) is not there")
        writeFile(directory.path + "/fx-bridge.yaml", "credentials:\n  file: credentials.json\n")
        writeFile(bodyPath, #"{"order":1}"#)
    }

    private var bodyPath: String { directory.path + "/body.json" }

    private func fxctl(_ arguments: [String], input: String = "") -> FxctlRun {
        FxctlRun(["--config", directory.path + "/fx-bridge.yaml"] + arguments, in: directory, input: input)
    }

    private func object(_ run: FxctlRun) throws -> JSONObject {
        #expect(run.errors.isEmpty)
        return try JSONDecoder().decode(JSONObject.self, from: Data(run.output.utf8))
    }

    private struct JSONObject: Decodable {
        struct SecretPart: Decodable {
            var status: String
            var expires: String?
        }
        var id, secret, reason, sentence, path, provider: String?
        var valid: Bool?
        var headers: [String: String]?
        var secrets: [SecretPart]?
    }

    private func makeKey(_ provider: String, _ more: [String] = [], input: String = "") throws -> String {
        let run = fxctl(
            ["secret", "create", "--tenant", "acme", "--name", "k", "--provider", provider, "--json"] + more,
            input: input)
        return try #require(try object(run).id)
    }

    @Test(
        "signs what it then calls good, for every provider, and says what is wrong with anything else",
        arguments: [
            ("github", []), ("gitlab", []), ("stripe", []), ("slack", []), ("shopify", []), ("standard", []),
            (
                "generic",
                ["--header", "X-Sig", "--algorithm", "sha1", "--prefix", "s=", "--timestamp-header", "X-Time"]
            ),
        ])
    func signAndVerify(_ provider: String, _ options: [String]) throws {
        let id = try makeKey(provider, options)
        let signed = try object(fxctl(["sign", "--key", id, "--body", bodyPath, "--at", "1767355200", "--json"]))
        #expect(signed.path == "/fx/events/webhook/\(id)")
        let headers = try #require(signed.headers).flatMap { ["--header", "\($0.key): \($0.value)"] }
        let verify = ["verify", "--key", id, "--at", "2026-01-02T12:00:00Z", "--json"] + headers
        let good = try object(fxctl(verify + ["--body", bodyPath]))
        #expect(good.valid == true && good.reason == "valid" && good.provider == provider)
        // A token signs no body.
        guard provider != "gitlab" else { return }
        let run = fxctl(verify + ["--body", "-"], input: #"{"order":1}"# + "\n")
        #expect(run.status == 1 && run.errors == "fxctl: the request would be refused\n")
        let refused = try JSONDecoder().decode(JSONObject.self, from: Data(run.output.utf8))
        #expect(refused.valid == false && refused.reason == "body-newline-added")
        #expect(refused.sentence?.hasSuffix(".") == true)
    }

    @Test("prints a curl line that a shell takes apart as it was meant")
    func curl() throws {
        let id = try makeKey("github")
        let run = fxctl(["sign", "--key", id, "--body", bodyPath, "--curl", "http://127.0.0.1:8080"])
        #expect(run.status == 0)
        #expect(run.output.hasPrefix("curl 'http://127.0.0.1:8080/fx/events/webhook/\(id)' \\\n"))
        #expect(run.output.contains("-H 'X-Hub-Signature-256: sha256="))
        #expect(run.output.hasSuffix("--data-binary '@\(bodyPath)'\n"))
        let whole = fxctl(["sign", "--key", id, "--body", bodyPath, "--curl", "http://h/p'q"])
        #expect(whole.output.hasPrefix(#"curl 'http://h/p'\''q' \"#))
    }

    @Test("rotates a key, and lists both secrets")
    func rotate() throws {
        let id = try makeKey("standard")
        let rotated = try object(fxctl(["secret", "rotate", id, "--overlap", "24h", "--json"]))
        #expect(rotated.secret?.hasPrefix("whsec_") == true)
        #expect(rotated.secrets?.map(\.status) == ["replaced", "current"])
        #expect(rotated.secrets?.first?.expires != nil)
        let again = fxctl(["secret", "rotate", id, "--overlap", "24h"])
        #expect(again.status == 1 && again.errors.contains("--force"))
        #expect(fxctl(["secret", "rotate", id, "--overlap", "soon"]).status == 2)
        let list = fxctl(["secret", "list"])
        #expect(
            list.output.contains("FORMER SECRET") && list.output.contains("until ") && list.output.contains("not used"))
        let atOnce = fxctl(
            ["secret", "rotate", id, "--overlap", "0s", "--force", "--secret", "-"],
            input: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
        #expect(atOnce.status == 0 && !atOnce.output.contains("whsec_"))
        #expect(atOnce.output.contains("good for nothing any more"))
    }

    @Test("sets what a key is set to, and leaves the rest")
    func settings() throws {
        let id = try makeKey(
            "generic",
            [
                "--header", "X-Sig", "--tolerance", "1m", "--default-type", "t", "--no-idempotency", "--rule",
                #"{"header":"X-Topic","matches":"a*","type":"com.{}"}"#, "--answer-unroutable", "accept",
            ])
        let store = CredentialStore(path: directory.credentials)
        let made = try store.secretKey(id).settings
        #expect(made.toleranceSeconds == 60 && made.defaults.type == "t" && !made.isIdempotent && made.isQuarantined)
        #expect(made.rules.count == 1 && made.answers.unroutable == .accept && made.scheme?.header == "X-Sig")
        let run = fxctl(
            [
                "secret", "set", id, "--idempotency", "--no-quarantine", "--default-source", "/s", "--timestamp-header",
                "X-T",
            ])
        #expect(run.status == 0, "\(run.errors)")
        let set = try store.secretKey(id).settings
        #expect(set.isIdempotent && !set.isQuarantined && set.defaults.source == "/s" && set.defaults.type == "t")
        #expect(set.scheme?.signs == "{timestamp}.{body}" && set.rules == made.rules)

        let wrong: [([String], Int32, String)] = [
            (["--tolerance", "2d"], 1, "tolerance"), (["--tolerance", "x"], 2, "300s"), (["--rule", "[]"], 2, "JSON"),
            (["--answer-unavailable", "404"], 1, "503"), (["--signs", "{body}"], 1, "go together"),
        ]
        for (options, status, word) in wrong {
            let run = fxctl(["secret", "set", id] + options)
            #expect(run.status == status && run.errors.contains(word), "\(options): \(run.errors)")
        }
        #expect(try store.secretKey(id).settings == set)
        let github = fxctl(
            ["secret", "create", "--tenant", "acme", "--name", "k", "--provider", "github", "--header", "X-Sig"])
        #expect(github.status == 2 && github.errors.contains("only a generic key has a scheme"))
    }

    @Test("says of what is missing that it is missing")
    func failures() throws {
        let id = try makeKey("github")
        let cases: [([String], Int32, String)] = [
            (["verify", "--key", "nobodynobody", "--body", bodyPath], 1, "no secret key nobodynobody"),
            (["verify", "--key", id, "--body", directory.path + "/none"], 1, "No such file"),
            (["verify", "--key", id, "--body", bodyPath, "--header", "nonsense"], 2, "Name: value"),
            (["verify", "--key", id, "--body", bodyPath, "--at", "noon"], 2, "--at"),
            (["sign", "--key", id, "--body", bodyPath, "--id", "a.b"], 2, "--id"),
        ]
        for (arguments, status, word) in cases {
            let run = fxctl(arguments)
            #expect(run.status == status && run.errors.contains(word), "\(arguments): \(run.errors)")
        }
        _ = fxctl(["secret", "revoke", id])
        #expect(fxctl(["sign", "--key", id, "--body", bodyPath]).errors.contains("revoked"))
    }
}
