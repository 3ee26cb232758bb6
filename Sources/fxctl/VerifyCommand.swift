import ArgumentParser
import Authentication
import Credentials
import HTTPMessage
import Settings

/// `fxctl verify`: would the bridge take this request, and if not, why?
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Says whether a webhook's signature is good, and if not, why.",
        discussion: """
            It judges with the responder's own code, and tries the usual suspects: a former secret, another key's, a
            newline that came or went, JSON that was encoded anew, a clock that is off. Exit status 1 if the request would
            be refused.

              fxctl verify --key ID --header 'X-Hub-Signature-256: sha256=…' --body body.json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var moment: MomentOption

    @Option(help: ArgumentHelp("The secret key, as `fxctl secret list` shows it.", valueName: "id"))
    var key: String

    @Option(
        name: .customLong("header"), parsing: .singleValue,
        help: ArgumentHelp("A header field of the request; may come again.", valueName: "name: value"))
    var headers: [String] = []

    @Option(help: ArgumentHelp("The body as it arrived, byte for byte; - is standard input.", valueName: "file"))
    var body: String

    /// `{"key":"…","provider":"stripe","valid":false,"reason":"clock-off","sentence":"…","skew_seconds":612}`
    private struct Answer: Encodable {
        var key: String
        var provider: String
        var valid: Bool
        var reason: String
        var sentence: String
        var otherKey: String?
        var skewSeconds: Int64?

        enum CodingKeys: String, CodingKey {
            case key, provider, valid, reason, sentence
            case otherKey = "other_key"
            case skewSeconds = "skew_seconds"
        }
    }

    func run() throws {
        let now = try moment.seconds()
        var fields = HTTPFields()
        for header in headers {
            guard let (name, value) = Self.field(header) else {
                throw ValidationError("--header takes a field as it was sent: 'Name: value'")
            }
            fields.append(name, value)
        }
        let settings = try common.settings()
        let store = CredentialStore(path: settings.credentials.file)
        let record = try store.secretKey(key)
        let bytes = try StandardStreams.readFile(body, bytesLimit: settings.limits.bodyBytes)
        let found = try store.contents().keyRing.diagnose(keyID: key, fields: fields, body: bytes, nowSeconds: now)
        let isValid = found.reason == .valid
        try common.answer(
            Answer(
                key: key, provider: record.provider.rawValue, valid: isValid, reason: found.reason.rawValue,
                sentence: found.sentence, otherKey: found.otherKeyID, skewSeconds: found.skewSeconds),
            orText: isValid ? found.sentence : "\(found.reason.rawValue): \(found.sentence)")
        guard isValid else { throw CommandError.signatureRefused }
    }

    /// RFC 9112 §5: blanks around the value are none of it.
    private static func field(_ text: String) -> (name: String, value: String)? {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        let name = text[..<colon]
        guard !name.contains(" "), !name.contains("_") else { return nil }
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        let end = value.lastIndex { $0 != " " && $0 != "\t" }
        return (String(name), end.map { String(value[...$0]) } ?? "")
    }
}

/// The moment at which something is judged.
struct MomentOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The moment of arrival: 2026-01-02T03:04:05Z, or seconds since 1970. Without it, now.", valueName: "time"))
    var at: String?

    func seconds() throws -> Int64 {
        guard let at else { return CommonOptions.nowSeconds }
        if let seconds = CalendarTime.parse(at) { return seconds }
        guard let seconds = Int64(at), (0...CalendarTime.secondsLimit).contains(seconds) else {
            throw ValidationError("--at takes a moment such as 2026-01-02T03:04:05Z, or seconds since 1970")
        }
        return seconds
    }
}
