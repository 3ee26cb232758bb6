import Authentication

/// Which of a secret key's settings is not allowed.
package enum WebhookSettingsError: Error, Equatable, Sendable {
    case schemeMissing
    case schemeFixed(WebhookProvider)
    case scheme(GenericSchemeError)
    case algorithmUnknown
    case encodingUnknown
    case toleranceOutOfRange(Int)
    case namingInvalid
    case tooManyRules(limit: Int)
    case ruleInvalid(index: Int)
    case answersInvalid

    /// Where in the settings: `rules[2]`.
    package var member: String {
        switch self {
        case .schemeMissing, .schemeFixed: "scheme"
        case .scheme(.headerInvalid): "scheme.header"
        case .scheme(.timestampHeaderInvalid): "scheme.timestamp_header"
        case .scheme(.prefixInvalid): "scheme.prefix"
        case .scheme(.templateInvalid), .scheme(.timestampUnsigned): "scheme.signs"
        case .algorithmUnknown: "scheme.algorithm"
        case .encodingUnknown: "scheme.encoding"
        case .toleranceOutOfRange: "tolerance_seconds"
        case .namingInvalid: "defaults"
        case .tooManyRules: "rules"
        case .ruleInvalid(let index): "rules[\(index)]"
        case .answersInvalid: "answers"
        }
    }
}

extension WebhookSettingsError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .schemeMissing: "a generic key needs a scheme: at least the header that carries the signature"
        case .schemeFixed(let provider): "how \(provider.rawValue) signs is known; only a generic key has a scheme"
        case .scheme(let error): error.description
        case .algorithmUnknown:
            "there is no such algorithm; there are "
                + GenericScheme.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
        case .encodingUnknown:
            "there is no such encoding; there are "
                + GenericScheme.Encoding.allCases.map(\.rawValue).joined(separator: ", ")
        case .toleranceOutOfRange(let seconds):
            "a tolerance of \(seconds) s is not within \(WebhookSettings.toleranceSecondsRange.lowerBound) to "
                + "\(WebhookSettings.toleranceSecondsRange.upperBound) s"
        case .namingInvalid:
            "a source has 1 to \(EventNaming.sourceBytesLimit) bytes, a type 1 to \(EventNaming.typeBytesLimit), "
                + "without control characters"
        case .tooManyRules(let limit): "there are more than \(limit) rules"
        case .ruleInvalid(let index):
            "rule \(index + 1) is none: it has a header's name or a JSON pointer, perhaps a pattern in matches, and a "
                + "source or a type or both"
        case .answersInvalid:
            "answers.unavailable is one of "
                + AnswerPolicy.unavailableStatuses.map { String($0) }.joined(separator: ", ")
                + ", answers.unroutable one of "
                + AnswerPolicy.Unroutable.allCases.map(\.rawValue).joined(separator: ", ")
        }
    }
}
