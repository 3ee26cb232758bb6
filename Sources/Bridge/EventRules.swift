import Authentication
import Events
import HTTPMessage
import JSONText

/// The rules by which a key names its events, whatever their provider's mapping says.
struct EventRules: Sendable {
    private let rules: [NamingRule]

    /// What may stand for `{}`; a rule that finds more, or what cannot be shown, does not match.
    static let valueBytesLimit = 200

    init(_ rules: [NamingRule]) {
        self.rules = rules
    }

    /// The first rule that matches and has a source gives the source, and likewise for the type.
    func apply(to draft: inout EventDraft, request: HTTPRequest, document: JSONDocument) {
        var source: String?
        var type: String?
        for rule in rules where source == nil || type == nil {
            guard let value = value(rule.operand, request, document, draft.bytes),
                rule.pattern?.matches(value) ?? true
            else { continue }
            source = source ?? rule.naming.source?.filled(with: value)
            type = type ?? rule.naming.type?.filled(with: value)
        }
        if let source { draft.source = EventSource(source) }
        if let type { draft.type = type }
    }

    private func value(
        _ operand: NamingRule.Operand, _ request: HTTPRequest, _ document: JSONDocument, _ body: [UInt8]
    ) -> String? {
        let value: String? =
            switch operand {
            case .header(let name): request.fields.text(HTTPFieldName(name))
            case .pointer(let text): JSONPointer(text)?.value(in: document, of: body)?.scalarText(in: body)
            }
        guard let value, (1...Self.valueBytesLimit).contains(value.utf8.count),
            value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        return value
    }
}

extension String {
    /// The text with the value in the place of each `{}`; nil where it grows beyond what a type may have.
    fileprivate func filled(with value: String) -> String? {
        guard contains("{}") else { return self }
        let filled = split(separator: "{}", omittingEmptySubsequences: false).joined(separator: value)
        return filled.utf8.count <= EventNaming.sourceBytesLimit ? filled : nil
    }
}
