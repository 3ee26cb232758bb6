import Authentication

/// The settings of a secret key as JSON, in `credentials.json` and in `fxctl secret create --settings`. A member that is
/// left out is as by default.
///
/// ```json
/// {"scheme": {"header": "X-Signature", "algorithm": "sha256", "encoding": "hex", "prefix": "sha256=",
///    "timestamp_header": "X-Timestamp", "signs": "{timestamp}.{body}"},
///  "tolerance_seconds": 300,
///  "defaults": {"source": "/shop", "type": "com.acme.shop"},
///  "rules": [{"header": "X-Topic", "matches": "orders/*", "type": "com.acme.shop.order"},
///    {"pointer": "/kind", "source": "/shop/{}", "type": "com.acme.shop.{}"}],
///  "idempotency": true, "quarantine": true, "answers": {"unavailable": 503, "unroutable": "accept"}}
/// ```
package struct WebhookSettingsDocument: Codable, Sendable {
    package struct Scheme: Codable, Sendable {
        package var header: String
        package var algorithm, encoding, prefix, timestampHeader, signs: String?

        enum CodingKeys: String, CodingKey {
            case header, algorithm, encoding, prefix, signs
            case timestampHeader = "timestamp_header"
        }

        package init(
            header: String, algorithm: String? = nil, encoding: String? = nil, prefix: String? = nil,
            timestampHeader: String? = nil, signs: String? = nil
        ) {
            self.header = header
            self.algorithm = algorithm
            self.encoding = encoding
            self.prefix = prefix
            self.timestampHeader = timestampHeader
            self.signs = signs
        }
    }

    package struct Naming: Codable, Sendable {
        package var source, type: String?

        package init(source: String?, type: String?) {
            self.source = source
            self.type = type
        }
    }

    package struct Rule: Codable, Sendable {
        package var header, pointer, matches, source, type: String?
    }

    package struct Answers: Codable, Sendable {
        package var unavailable: Int?
        package var unroutable: String?

        package init(unavailable: Int?, unroutable: String?) {
            self.unavailable = unavailable
            self.unroutable = unroutable
        }
    }

    package var scheme: Scheme?
    package var toleranceSeconds: Int?
    package var defaults: Naming?
    package var rules: [Rule]?
    package var idempotency, quarantine: Bool?
    package var answers: Answers?

    enum CodingKeys: String, CodingKey {
        case scheme, defaults, rules, idempotency, quarantine, answers
        case toleranceSeconds = "tolerance_seconds"
    }

    package init() {}

    package init(_ settings: WebhookSettings) {
        let standard = WebhookSettings()
        scheme = settings.scheme.map { scheme in
            Scheme(
                header: scheme.header, algorithm: scheme.algorithm.rawValue, encoding: scheme.encoding.rawValue,
                prefix: scheme.prefix.isEmpty ? nil : scheme.prefix, timestampHeader: scheme.timestampHeader,
                signs: scheme.signs)
        }
        toleranceSeconds = settings.toleranceSeconds == standard.toleranceSeconds ? nil : settings.toleranceSeconds
        defaults =
            settings.defaults.isEmpty ? nil : Naming(source: settings.defaults.source, type: settings.defaults.type)
        rules = settings.rules.isEmpty ? nil : settings.rules.map(Rule.init)
        idempotency = settings.isIdempotent == standard.isIdempotent ? nil : settings.isIdempotent
        quarantine = settings.isQuarantined == standard.isQuarantined ? nil : settings.isQuarantined
        answers =
            settings.answers.isEmpty
            ? nil
            : Answers(
                unavailable: settings.answers.unavailable, unroutable: settings.answers.unroutable?.rawValue)
    }

    /// The settings, checked.
    ///
    /// - Throws: ``WebhookSettingsError`` for the first member that is not allowed.
    package func settings(provider: WebhookProvider) throws(WebhookSettingsError) -> WebhookSettings {
        var settings = WebhookSettings()
        switch (provider, scheme) {
        case (.generic, let scheme?): settings.scheme = try Self.scheme(scheme)
        case (.generic, nil): throw .schemeMissing
        case (_, .some): throw .schemeFixed(provider)
        case (_, nil): break
        }
        if let toleranceSeconds {
            guard WebhookSettings.toleranceSecondsRange.contains(toleranceSeconds) else {
                throw .toleranceOutOfRange(toleranceSeconds)
            }
            settings.toleranceSeconds = toleranceSeconds
        }
        if let defaults {
            guard let naming = EventNaming(source: defaults.source, type: defaults.type) else { throw .namingInvalid }
            settings.defaults = naming
        }
        let rules = rules ?? []
        guard rules.count <= NamingRule.countLimit else { throw .tooManyRules(limit: NamingRule.countLimit) }
        for (index, rule) in rules.enumerated() {
            guard let rule = rule.rule else { throw .ruleInvalid(index: index) }
            settings.rules.append(rule)
        }
        settings.isIdempotent = idempotency ?? settings.isIdempotent
        settings.isQuarantined = quarantine ?? settings.isQuarantined
        if let answers { settings.answers = try Self.answers(answers) }
        return settings
    }

    private static func scheme(_ document: Scheme) throws(WebhookSettingsError) -> GenericScheme {
        let algorithm = GenericScheme.Algorithm(rawValue: document.algorithm ?? "sha256")
        guard let algorithm else { throw .algorithmUnknown }
        guard let encoding = GenericScheme.Encoding(rawValue: document.encoding ?? "hex") else {
            throw .encodingUnknown
        }
        do {
            return try GenericScheme(
                header: document.header, algorithm: algorithm, encoding: encoding, prefix: document.prefix ?? "",
                timestampHeader: document.timestampHeader, signs: document.signs)
        } catch {
            throw .scheme(error)
        }
    }

    private static func answers(_ document: Answers) throws(WebhookSettingsError) -> AnswerPolicy {
        var unroutable: AnswerPolicy.Unroutable?
        if let text = document.unroutable {
            guard let answer = AnswerPolicy.Unroutable(rawValue: text) else { throw .answersInvalid }
            unroutable = answer
        }
        guard let policy = AnswerPolicy(unavailable: document.unavailable, unroutable: unroutable) else {
            throw .answersInvalid
        }
        return policy
    }
}

extension WebhookSettingsDocument.Rule {
    fileprivate init(_ rule: NamingRule) {
        switch rule.operand {
        case .header(let name): header = name
        case .pointer(let text): pointer = text
        }
        matches = rule.pattern?.pattern
        source = rule.naming.source
        type = rule.naming.type
    }

    /// Nil unless it has one operand and all its members are good.
    fileprivate var rule: NamingRule? {
        let operand: NamingRule.Operand
        switch (header, pointer) {
        case (let name?, nil): operand = .header(name)
        case (nil, let text?): operand = .pointer(text)
        case (nil, nil), (.some, .some): return nil
        }
        var pattern: Glob?
        if let matches {
            guard let glob = Glob(matches) else { return nil }
            pattern = glob
        }
        guard let naming = EventNaming(source: source, type: type) else { return nil }
        return NamingRule(operand, matches: pattern, naming: naming)
    }
}
