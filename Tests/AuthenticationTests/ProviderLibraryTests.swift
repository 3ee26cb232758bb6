import Foundation
import HTTPMessage
import Testing

@testable import Authentication

/// Signatures held against the libraries that Stripe, Slack and Standard Webhooks publish, in Python.
///
/// They are installed once into the temporary directory; where that cannot be done, the test is skipped.
@Suite("A provider's own library", .enabled(if: ProviderLibraries.directory != nil, "pip cannot install the libraries"))
struct ProviderLibraryTests {
    private static let secrets: [(WebhookProvider, String)] = [
        (.stripe, "whsec_a secret of Stripe's"), (.slack, "8f742231b10e8888abcd99yyyzzz85a5"),
        (.standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), (.gitlab, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ]
    private static let body = #"{"text":"caf\u00e9 é","list":[1, 2]}"#

    @Test("takes what we sign, and we take what it signs", arguments: secrets)
    func bothWays(_ provider: WebhookProvider, _ secret: String) throws {
        let record = try makeKey("aaaaaaaaaaaa", secrets: [secret], provider: provider)
        let now = Int64(Date().timeIntervalSince1970)
        let ours = try RequestSigner(record).fields(
            signing: Array(Self.body.utf8), messageID: "msg_1", nowSeconds: now)
        let answer = try ProviderLibraries.run([
            "provider": provider.rawValue, "secret": secret, "body": Self.body, "now": now,
            "headers": Dictionary(ours.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
        ])
        #expect(answer["accepted"] as? Bool == true)
        #expect(answer["accepted_altered"] as? Bool == false)

        let theirs = try #require(answer["headers"] as? [String: String])
        let ring = KeyRing(tokens: [], secretKeys: [record])
        func authenticate(_ body: String) throws {
            _ = try ring.authenticate(
                PresentedCredentials(fields: fields(theirs.map { ($0.key, $0.value) }), keyID: "aaaaaaaaaaaa"),
                signed: Array(body.utf8), nowSeconds: now)
        }
        try authenticate(Self.body)
        #expect(error { try authenticate(Self.body + " ") }?.reason == "signature-mismatch")
    }
}

private enum ProviderLibraries {
    private static let requirements = [
        "standardwebhooks==1.1.0", "stripe==16.1.0", "slack_sdk==3.48.0", "typing_extensions==4.15.0",
    ]

    /// Where they are installed; nil where they cannot be.
    static let directory: String? = {
        let path = NSTemporaryDirectory() + "/fx-test-provider-libraries-1"
        let mark = path + "/complete"
        if FileManager.default.fileExists(atPath: mark) { return path }
        let draft = path + "-\(ProcessInfo.processInfo.processIdentifier)"
        let pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--no-input"]
        let limits = ["--retries", "0", "--timeout", "10", "--target", draft]
        guard let result = try? launch(pip + limits + requirements, input: Data()), result.status == 0 else {
            try? FileManager.default.removeItem(atPath: draft)
            return nil
        }
        guard FileManager.default.createFile(atPath: draft + "/complete", contents: Data()) else { return nil }
        // Another run may have been faster; what it made is as good.
        try? FileManager.default.moveItem(atPath: draft, toPath: path)
        return FileManager.default.fileExists(atPath: mark) ? path : nil
    }()

    private struct Failure: Error {
        var status: Int32
    }

    static func run(_ request: [String: Any]) throws -> [String: Any] {
        let result = try launch(["-c", script], input: JSONSerialization.data(withJSONObject: request))
        guard result.status == 0, let answer = try JSONSerialization.jsonObject(with: result.output) as? [String: Any]
        else { throw Failure(status: result.status) }
        return answer
    }

    private static func launch(_ arguments: [String], input: Data) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        var environment = ProcessInfo.processInfo.environment
        if arguments.first == "-c" { environment["PYTHONPATH"] = directory }
        process.environment = environment
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = FileHandle.nullDevice
        try process.run()
        try standardInput.fileHandleForWriting.write(contentsOf: input)
        try standardInput.fileHandleForWriting.close()
        let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private static let script = """
        import datetime, json, sys
        request = json.load(sys.stdin)
        secret, body, now, headers = request["secret"], request["body"], request["now"], request["headers"]
        if request["provider"] == "stripe":
            from stripe._webhook import WebhookSignature
            def accepts(body):
                try:
                    return WebhookSignature.verify_header(body, headers["stripe-signature"], secret, 300)
                except Exception:
                    return False
            code = WebhookSignature._compute_signature(f"{now}.{body}", secret)
            theirs = {"Stripe-Signature": f"t={now},v1={code}"}
        elif request["provider"] == "slack":
            from slack_sdk.signature import SignatureVerifier
            verifier = SignatureVerifier(secret)
            def accepts(body):
                return verifier.is_valid_request(body, headers)
            code = verifier.generate_signature(timestamp=str(now), body=body)
            theirs = {"X-Slack-Signature": code, "X-Slack-Request-Timestamp": str(now)}
        else:
            from standardwebhooks import Webhook
            webhook = Webhook(secret)
            def accepts(body):
                try:
                    webhook.verify(body, headers)
                    return True
                except Exception:
                    return False
            time = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
            theirs = {"webhook-id": "msg_2", "webhook-timestamp": str(now),
                      "webhook-signature": webhook.sign("msg_2", time, body)}
        json.dump({"accepted": accepts(body), "accepted_altered": accepts(body + " "), "headers": theirs}, sys.stdout)
        """
}
