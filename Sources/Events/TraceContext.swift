/// Where in a distributed trace a request stands (W3C Trace Context, 2021-11-23).
///
/// What is not valid is as if it had not been sent (§3.2.2.3 and §3.3.1.4): a trace must not cost an event.
package struct TraceContext: Sendable, Equatable {
    /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`
    package let parent: String
    /// `rojo=00f067aa0ba902b7,congo=t61rcWkgMzE`
    package let state: String?

    /// Vendors ought to pass on 512 bytes at least.
    static let stateBytesLimit = 1024
    static let stateMembersLimit = 32

    /// - Parameters:
    ///   - parents: the values of all `traceparent` headers; more than one is none.
    ///   - states: the values of all `tracestate` headers, in their order: together they are one list.
    /// - Returns: nil without a valid parent, whatever the state is.
    package init?(parents: [ArraySlice<UInt8>], states: [ArraySlice<UInt8>]) {
        guard let parent = parents.first, parents.count == 1, Self.isParent(parent) else { return nil }
        self.parent = String(decoding: parent, as: UTF8.self)
        let joined = states.joined(separator: CollectionOfOne(UInt8(ascii: ",")))
        let state = Array(joined)
        self.state = Self.isState(state) ? String(decoding: state, as: UTF8.self) : nil
    }

    /// 2 digits of version, 32 of the trace, 16 of the parent, 2 of flags (§3.2.2); later versions may append to that.
    private static func isParent(_ text: ArraySlice<UInt8>) -> Bool {
        let text = Array(text)
        guard text.count >= 55, text.count <= 128 else { return false }
        let isFirstVersion = text[0] == UInt8(ascii: "0") && text[1] == UInt8(ascii: "0")
        guard text.count == 55 || (!isFirstVersion && text[55] == UInt8(ascii: "-")) else { return false }
        guard text[2] == UInt8(ascii: "-"), text[35] == UInt8(ascii: "-"), text[52] == UInt8(ascii: "-") else {
            return false
        }
        let fields = [text[0..<2], text[3..<35], text[36..<52], text[53..<55]]
        guard fields.allSatisfy({ $0.allSatisfy(isLowerHexadecimalDigit) }) else { return false }
        let isNoVersion = text[0] == UInt8(ascii: "f") && text[1] == UInt8(ascii: "f")
        let isNobody = [text[3..<35], text[36..<52]].contains { $0.allSatisfy { $0 == UInt8(ascii: "0") } }
        return !isNoVersion && !isNobody && text.dropFirst(55).allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// Up to 32 members `key=value`, no key twice (§3.3.1); blanks around them and empty ones are allowed.
    private static func isState(_ text: [UInt8]) -> Bool {
        guard !text.isEmpty, text.count <= stateBytesLimit else { return false }
        var keys: Set<[UInt8]> = []
        for part in text.split(separator: UInt8(ascii: ",")) {
            let member = trimmed(part)
            if member.isEmpty { continue }
            guard let equals = member.firstIndex(of: UInt8(ascii: "=")), isKey(member[..<equals]),
                isValue(member[(equals + 1)...]), keys.insert(Array(member[..<equals])).inserted,
                keys.count <= stateMembersLimit
            else { return false }
        }
        return !keys.isEmpty
    }

    private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
        let parts = key.split(separator: UInt8(ascii: "@"), maxSplits: 1, omittingEmptySubsequences: false)
        let isInAlphabet = parts.allSatisfy { part in
            part.allSatisfy { isLowerLetterOrDigit($0) || "_-*/".utf8.contains($0) }
        }
        guard isInAlphabet, let first = parts.first?.first, isLowerLetterOrDigit(first) else { return false }
        guard parts.count == 2 else { return key.count <= 256 && !EventSource.isDigit(first) }
        let system = parts[1]
        guard let start = system.first, !EventSource.isDigit(start), isLowerLetterOrDigit(start) else { return false }
        return parts[0].count <= 241 && system.count <= 14
    }

    private static func isValue(_ value: ArraySlice<UInt8>) -> Bool {
        guard let last = value.last, last != UInt8(ascii: " "), value.count <= 256 else { return false }
        return value.allSatisfy {
            (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
        }
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return text
    }

    private static func isLowerLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || EventSource.isDigit(byte)
    }

    private static func isLowerHexadecimalDigit(_ byte: UInt8) -> Bool {
        EventSource.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
