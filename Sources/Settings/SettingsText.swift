/// The settings file taken apart: which key has which text, and where it stands.
///
/// A small part of YAML on purpose: mappings and scalars. Anchors, aliases, tags, lists and several documents are
/// refused, so that what a person reads is what the program gets.
struct SettingsText {
    struct Entry: Equatable {
        /// Joined by dots: `spool.directory`.
        var key: String
        var value: Value
        var line: Int
        var column: Int
    }

    enum Value: Equatable {
        case text(String)
        /// `key:` with nothing behind it, `null` or `~`.
        case none
        /// A mapping without members.
        case emptySection
    }

    /// Settings need two levels.
    static let depthLimit = 4
    static let bytesLimit = 256 * 1024

    private(set) var entries: [Entry] = []
    private(set) var problems: [SettingsProblem] = []

    private let parser: YAMLParser
    private var lineOfKey: [String: Int] = [:]

    /// - Throws: the first place that is no YAML; whatever else is wrong is in ``problems``.
    init(_ bytes: [UInt8]) throws(YAMLSyntaxError) {
        parser = try YAMLParser(bytes)
        var isFirst = true
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return
            case .documentStart:
                if !isFirst { complain(.unsupported(.severalDocuments), event) }
                isFirst = false
            case .mappingStart: try readMembers(of: "", depth: 1, event)
            case .scalar(let text, true) where Self.isNull(text): break
            default:
                complain(.notASection(key: nil), event)
                try skip(event)
            }
        }
    }

    private mutating func readMembers(of section: String, depth: Int, _ start: YAMLEvent) throws(YAMLSyntaxError) {
        if start.hasAnchorOrTag { complain(.unsupported(.anchorOrTag), start) }
        var isEmpty = true
        while true {
            let name = try parser.next()
            if name.kind == .mappingEnd { break }
            isEmpty = false
            guard case .scalar(let text, _) = name.kind else {
                complain(.unsupported(name.kind == .alias ? .alias : .keyWithoutName), name)
                try skip(name)
                try skip(try parser.next())
                continue
            }
            if name.hasAnchorOrTag { complain(.unsupported(.anchorOrTag), name) }
            let key = section.isEmpty ? text : section + "." + text
            let value = try parser.next()
            if let line = lineOfKey.updateValue(name.line, forKey: key) {
                complain(.duplicateKey(key, firstLine: line), name)
            }
            try readValue(of: key, depth: depth, name: name, value)
        }
        if isEmpty, !section.isEmpty {
            entries.append(Entry(key: section, value: .emptySection, line: start.line, column: start.column))
        }
    }

    private mutating func readValue(
        of key: String, depth: Int, name: YAMLEvent, _ value: YAMLEvent
    ) throws(YAMLSyntaxError) {
        switch value.kind {
        case .scalar(let text, let isPlain):
            if value.hasAnchorOrTag { complain(.unsupported(.anchorOrTag), value) }
            let isNone = isPlain && Self.isNull(text)
            entries.append(Entry(key: key, value: isNone ? .none : .text(text), line: name.line, column: name.column))
        case .mappingStart:
            guard depth < Self.depthLimit else {
                complain(.unsupported(.depth), value)
                return try skip(value)
            }
            try readMembers(of: key, depth: depth + 1, value)
        case .sequenceStart:
            complain(.unsupported(.list), value)
            try skip(value)
        default: complain(.unsupported(.alias), value)
        }
    }

    /// Reads past the rest of the node that began with `event`; no recursion, whatever the nesting.
    private func skip(_ event: YAMLEvent) throws(YAMLSyntaxError) {
        var event = event
        var depth = 0
        while true {
            switch event.kind {
            case .mappingStart, .sequenceStart: depth += 1
            case .mappingEnd, .sequenceEnd: depth -= 1
            case .streamEnd: return
            default: break
            }
            if depth == 0 { return }
            event = try parser.next()
        }
    }

    private mutating func complain(_ fault: SettingsProblem.Fault, _ event: YAMLEvent) {
        problems.append(SettingsProblem(place: .file(line: event.line, column: event.column), fault: fault))
    }

    private static func isNull(_ text: String) -> Bool {
        ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
