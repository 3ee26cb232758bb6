import ArgumentParser
import Authentication
import Credentials
import FoundationEssentials
import Settings

/// The settings of a secret key on the command line. What is not said stays as it was.
struct WebhookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("generic: the header that carries the signature.", valueName: "name"))
    var header: String?

    @Option(help: "generic: \(GenericScheme.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")).")
    var algorithm: String?

    @Option(help: "generic: \(GenericScheme.Encoding.allCases.map(\.rawValue).joined(separator: ", ")).")
    var encoding: String?

    @Option(help: "generic: what stands before the signature in its header: sha256=")
    var prefix: String?

    @Option(help: ArgumentHelp("generic: the header that carries seconds since 1970.", valueName: "name"))
    var timestampHeader: String?

    @Option(help: ArgumentHelp("generic: what is signed: {timestamp}.{body}", valueName: "template"))
    var signs: String?

    @Option(help: "How far a signed time may lie from the arrival, either way: 300s, 5m.")
    var tolerance: String?

    @Option(help: "The source of events for which the provider's mapping names none.")
    var defaultSource: String?

    @Option(help: "The type of events for which the provider's mapping names none.")
    var defaultType: String?

    @Option(
        name: .customLong("rule"), parsing: .singleValue,
        help: ArgumentHelp(
            #"Names events by what they carry; may come again: {"header":"X-Topic","matches":"orders/*","type":"order"}"#,
            discussion: #"Or {"pointer":"/kind",…}; "source" and "type" may hold {} for the value found."#,
            valueName: "json"))
    var rules: [String] = []

    @Flag(inversion: .prefixedNo, help: "Whether a repeated delivery id makes no second event.")
    var idempotency: Bool?

    @Flag(inversion: .prefixedNo, help: "Whether requests whose signature failed are kept for a look.")
    var quarantine: Bool?

    @Option(help: ArgumentHelp("The status that our own faults answer.", valueName: "status"))
    var answerUnavailable: Int?

    @Option(
        help: ArgumentHelp(
            "What an authentic event that is not taken is answered: refuse (4xx) or accept (202).", valueName: "how"))
    var answerUnroutable: String?

    /// The settings of a new key.
    ///
    /// - Throws: `ValidationError`, as ``CredentialOptions`` does.
    func settings(provider: WebhookProvider) throws -> WebhookSettings {
        var document = WebhookSettingsDocument()
        try change()(&document)
        do {
            return try document.settings(provider: provider)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// Puts what was said in the place of what is set.
    ///
    /// - Throws: `ValidationError` for what is no value of its option, whatever is set.
    func change() throws -> (inout WebhookSettingsDocument) -> Void {
        let toleranceSeconds = try tolerance.map { text in
            guard let seconds = DurationText.parse(text)?.components.seconds else {
                throw ValidationError("--tolerance takes a duration such as 300s or 5m")
            }
            return Int(seconds)
        }
        let rules = try rules.map(Self.rule)
        return { document in
            describeScheme(&document)
            document.toleranceSeconds = toleranceSeconds ?? document.toleranceSeconds
            if defaultSource != nil || defaultType != nil {
                document.defaults = .init(
                    source: defaultSource ?? document.defaults?.source, type: defaultType ?? document.defaults?.type)
            }
            if !rules.isEmpty { document.rules = rules }
            document.idempotency = idempotency ?? document.idempotency
            document.quarantine = quarantine ?? document.quarantine
            if answerUnavailable != nil || answerUnroutable != nil {
                document.answers = .init(
                    unavailable: answerUnavailable ?? document.answers?.unavailable,
                    unroutable: answerUnroutable ?? document.answers?.unroutable)
            }
        }
    }

    private func describeScheme(_ document: inout WebhookSettingsDocument) {
        let parts = [header, algorithm, encoding, prefix, timestampHeader, signs]
        guard parts.contains(where: { $0 != nil }) else { return }
        // Without a header it is no scheme, and is refused as none.
        var scheme = document.scheme ?? .init(header: "")
        scheme.header = header ?? scheme.header
        scheme.algorithm = algorithm ?? scheme.algorithm
        scheme.encoding = encoding ?? scheme.encoding
        scheme.prefix = prefix ?? scheme.prefix
        if let timestampHeader {
            scheme.timestampHeader = timestampHeader
            // The template that was there signs no time.
            scheme.signs = nil
        }
        scheme.signs = signs ?? scheme.signs
        document.scheme = scheme
    }

    private static func rule(_ text: String) throws -> WebhookSettingsDocument.Rule {
        do {
            return try JSONDecoder().decode(WebhookSettingsDocument.Rule.self, from: Data(text.utf8))
        } catch {
            throw ValidationError("--rule takes one JSON object of texts, and \"\(text.prefix(80))\" is none")
        }
    }
}
