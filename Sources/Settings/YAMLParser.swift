import CYAML

/// What libyaml found next, as Swift values.
struct YAMLEvent: Equatable {
    enum Kind: Equatable {
        case documentStart
        case mappingStart, mappingEnd
        case sequenceStart, sequenceEnd
        /// `isPlain`: written without quotes, so that `null` and nothing at all mean "no value".
        case scalar(text: String, isPlain: Bool)
        case alias
        case streamEnd
    }

    var kind: Kind
    /// `&name` or `!tag`: legal YAML that a settings file has no use for.
    var hasAnchorOrTag = false
    /// From 1.
    var line: Int
    var column: Int
}

/// What libyaml does not take for YAML.
struct YAMLSyntaxError: Error, Equatable {
    var line: Int
    var column: Int
    /// libyaml's own words: `did not find expected key`.
    var problem: String
}

/// Fence around libyaml's event parser.
///
/// The parser is freed with its owner; it reads from `input`, which therefore lives as long; an event is freed before
/// the next one is asked for, its text copied out before that (yaml.h).
@safe final class YAMLParser {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Throws: only if memory is short.
    init(_ text: [UInt8]) throws(YAMLSyntaxError) {
        unsafe parser = .allocate(capacity: 1)
        unsafe input = .allocate(capacity: max(text.count, 1))
        _ = unsafe input.initialize(from: text)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            unsafe input.deallocate()
            throw YAMLSyntaxError(line: 1, column: 1, problem: "out of memory")
        }
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, text.count)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event; after ``YAMLEvent/Kind/streamEnd`` there is none.
    func next() throws(YAMLSyntaxError) -> YAMLEvent {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw unsafe Self.syntaxError(of: parser) }
            defer { unsafe yaml_event_delete(&event) }
            if let copied = unsafe Self.copied(event) { return copied }
        }
    }

    /// Nil for events that say nothing here: the stream's start, a document's end.
    private static func copied(_ event: yaml_event_t) -> YAMLEvent? {
        let mark = unsafe event.start_mark
        func at(_ kind: YAMLEvent.Kind, isAnnotated: Bool = false) -> YAMLEvent {
            YAMLEvent(
                kind: kind, hasAnchorOrTag: isAnnotated, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        }
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: return at(.documentStart)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return at(.mappingStart, isAnnotated: unsafe start.anchor != nil || start.tag != nil)
        case YAML_MAPPING_END_EVENT: return at(.mappingEnd)
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return at(.sequenceStart, isAnnotated: unsafe start.anchor != nil || start.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return at(.sequenceEnd)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let text = unsafe String(decoding: bytes, as: UTF8.self)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return at(
                .scalar(text: text, isPlain: isPlain), isAnnotated: unsafe scalar.anchor != nil || scalar.tag != nil)
        case YAML_ALIAS_EVENT: return at(.alias)
        case YAML_STREAM_END_EVENT: return at(.streamEnd)
        default: return nil
        }
    }

    private static func syntaxError(of parser: UnsafeMutablePointer<yaml_parser_t>) -> YAMLSyntaxError {
        let mark = unsafe parser.pointee.problem_mark
        let problem = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "cannot be read"
        return YAMLSyntaxError(line: Int(mark.line) + 1, column: Int(mark.column) + 1, problem: problem)
    }
}
