/// A YAML document as a tree whose every node knows where it stands.
///
/// Mappings, lists and scalars only: anchors, aliases, tags and several documents are errors, so that what a person reads
/// is what the program gets. A name stands once in its mapping.
package struct YAMLNode: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// `isPlain`: written without quotes, so that `null`, `true` and `5` mean themselves.
        case scalar(text: String, isPlain: Bool)
        case list([YAMLNode])
        /// In the order of the text.
        case mapping([Member])
    }

    package struct Member: Sendable, Equatable {
        package let name: String
        /// Where the name stands.
        package let place: YAMLPlace
        package let value: YAMLNode
    }

    package let content: Content
    package let place: YAMLPlace

    /// Reads a whole text; nil for one without content.
    ///
    /// - Throws: ``YAMLFault`` at the first place that is not of this part of YAML.
    package static func document(_ text: [UInt8], limits: Limits = Limits()) throws(YAMLFault) -> YAMLNode? {
        var reader = try YAMLTreeReader(text, limits: limits)
        return try reader.document()
    }

    package struct Limits: Sendable {
        /// How deep lists and mappings may be nested.
        package var depth = 16
        /// Scalars, lists and mappings in all: what a tree costs in memory is bounded by them.
        package var nodes = 100_000

        package init() {}
    }

    /// A scalar that is empty, `~` or `null`, without quotes.
    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}

/// A place in a text, both numbers from 1.
package struct YAMLPlace: Sendable, Equatable {
    package let line: Int
    package let column: Int
}

/// The place that keeps a text from being read, and why.
package struct YAMLFault: Error, Equatable {
    package let place: YAMLPlace
    /// Part of a sentence: `not YAML: did not find expected key`.
    package let problem: String
}

/// Builds the tree from libyaml's events.
private struct YAMLTreeReader {
    private let parser: YAMLParser
    private let limits: YAMLNode.Limits
    private var nodesCount = 0

    init(_ text: [UInt8], limits: YAMLNode.Limits) throws(YAMLFault) {
        self.limits = limits
        do { parser = try YAMLParser(text) } catch { throw Self.fault(of: error) }
    }

    mutating func document() throws(YAMLFault) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd: return root
            case .documentStart:
                if root != nil { throw Self.fault("several documents are not supported", event) }
            default: root = try node(event, depth: 1)
            }
        }
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLFault) -> YAMLNode {
        nodesCount += 1
        guard nodesCount <= limits.nodes else { throw Self.fault("more than \(limits.nodes) values", event) }
        guard !event.hasAnchorOrTag else { throw Self.fault("anchors and tags are not supported", event) }
        let place = YAMLPlace(line: event.line, column: event.column)
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(content: .scalar(text: text, isPlain: isPlain), place: place)
        case .sequenceStart:
            guard depth <= limits.depth else { throw Self.fault("nested deeper than \(limits.depth)", event) }
            var elements: [YAMLNode] = []
            while case let element = try next(), element.kind != .sequenceEnd {
                elements.append(try node(element, depth: depth + 1))
            }
            return YAMLNode(content: .list(elements), place: place)
        case .mappingStart:
            guard depth <= limits.depth else { throw Self.fault("nested deeper than \(limits.depth)", event) }
            return YAMLNode(content: .mapping(try members(depth: depth)), place: place)
        case .alias: throw Self.fault("aliases are not supported", event)
        case .documentStart, .mappingEnd, .sequenceEnd, .streamEnd: throw Self.fault("a value is missing", event)
        }
    }

    private mutating func members(depth: Int) throws(YAMLFault) -> [YAMLNode.Member] {
        var members: [YAMLNode.Member] = []
        var lines: [String: Int] = [:]
        while case let event = try next(), event.kind != .mappingEnd {
            guard case .scalar(let name, _) = event.kind, !event.hasAnchorOrTag else {
                throw Self.fault("keys that are not plain names are not supported", event)
            }
            if let line = lines.updateValue(event.line, forKey: name) {
                throw Self.fault("\"\(name.prefix(60))\" stands on line \(line) already", event)
            }
            let place = YAMLPlace(line: event.line, column: event.column)
            members.append(.init(name: name, place: place, value: try node(try next(), depth: depth + 1)))
        }
        return members
    }

    private func next() throws(YAMLFault) -> YAMLEvent {
        do { return try parser.next() } catch { throw Self.fault(of: error) }
    }

    private static func fault(of error: YAMLSyntaxError) -> YAMLFault {
        YAMLFault(place: YAMLPlace(line: error.line, column: error.column), problem: "not YAML: \(error.problem)")
    }

    private static func fault(_ problem: String, _ event: YAMLEvent) -> YAMLFault {
        YAMLFault(place: YAMLPlace(line: event.line, column: event.column), problem: problem)
    }
}
