import ArgumentParser
import Authentication
import Credentials
import Settings

/// `fxctl sign`: signs a body as a key's provider would, to try a key without its provider.
struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Prints the headers with which a body is authentic, or a whole curl line.",
        discussion: """
            The secret itself is not among them, but for a gitlab key's token, which GitLab sends as it is.

              fxctl sign --key ID --body body.json --curl https://events.example.com
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var moment: MomentOption

    @Option(help: ArgumentHelp("The secret key, as `fxctl secret list` shows it.", valueName: "id"))
    var key: String

    @Option(help: ArgumentHelp("The body, to be sent byte for byte; - is standard input.", valueName: "file"))
    var body: String

    @Option(help: ArgumentHelp("Standard Webhooks: the message's id. Without it, a new one.", valueName: "id"))
    var id: String?

    @Option(help: ArgumentHelp("Print a curl line; without a path, the URL gets the key's.", valueName: "url"))
    var curl: String?

    /// `{"headers":{"X-Hub-Signature-256":"sha256=…"},"path":"/fx/events/webhook/…"}`
    private struct Answer: Encodable {
        var headers: [String: String]
        var path: String
    }

    func run() throws {
        if let id, id.isEmpty || id.contains(".") || id.utf8.count > 256 {
            throw ValidationError("--id takes 1 to 256 characters without a dot")
        }
        let now = try moment.seconds()
        let settings = try common.settings()
        let record = try CredentialStore(path: settings.credentials.file).secretKey(key)
        let bytes = try StandardStreams.readFile(body, bytesLimit: settings.limits.bodyBytes)
        var randomness = systemRandomness
        let messageID = id ?? "msg_" + CredentialID.make(using: &randomness) + CredentialID.make(using: &randomness)
        let fields: [(name: String, value: String)]
        do throws(RequestSigner.Failure) {
            fields = try RequestSigner(record).fields(signing: bytes, messageID: messageID, nowSeconds: now)
        } catch {
            throw CommandError.cannotSign(error)
        }
        let path = "/fx/events/webhook/\(key)"
        let lines = fields.map { "\($0.name): \($0.value)" }
        try common.answer(
            Answer(headers: Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }, path: path),
            orText: curl.map { Self.command(url: $0, path: path, lines, body: body) }
                ?? lines.joined(separator: "\n"))
    }

    private static func command(url: String, path: String, _ lines: [String], body: String) -> String {
        let authority = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""
        let target = authority.contains("/") ? url : url + path
        let headers = (["Content-Type: application/json"] + lines).map { " \\\n    -H \(quoted($0))" }.joined()
        // --data-binary: --data would take the newlines out of what was signed.
        return "curl \(quoted(target))\(headers) \\\n    --data-binary \(quoted("@" + body))"
    }

    /// For a POSIX shell.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
