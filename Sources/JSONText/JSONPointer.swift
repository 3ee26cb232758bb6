/// A place in a JSON text (RFC 6901): `/repository/owner/0/name`; the empty pointer is the whole text.
package struct JSONPointer: Sendable, Equatable {
    /// The reference tokens, `~1` and `~0` understood.
    package let tokens: [String]

    package init(tokens: [String]) {
        self.tokens = tokens
    }

    /// - Returns: nil for a text that is no pointer.
    package init?(_ text: String) {
        var tokens: [String] = []
        if !text.isEmpty {
            let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard let first = parts.first, first.isEmpty else { return nil }
            for part in parts.dropFirst() {
                guard let token = Self.unescaped(part) else { return nil }
                tokens.append(token)
            }
        }
        self.tokens = tokens
    }

    /// The value at the place, nil if there is none. Of several members with the same name the last one counts.
    ///
    /// Reads each value on the way once more, but nothing behind it.
    ///
    /// - Parameter document: the members of `bytes`, which was validated with them.
    package func value(in document: JSONDocument, of bytes: [UInt8]) -> JSONValue? {
        guard let first = tokens.first else { return document.root }
        var value: JSONValue
        if document.root.kind == .object {
            guard let member = document.members.last(where: { $0.isNamed(first, in: bytes) }) else { return nil }
            value = member.value
        } else {
            guard let element = Self.child(first, of: document.root, bytes) else { return nil }
            value = element
        }
        for token in tokens.dropFirst() {
            guard let next = Self.child(token, of: value, bytes) else { return nil }
            value = next
        }
        return value
    }

    private static func child(_ token: String, of value: JSONValue, _ bytes: [UInt8]) -> JSONValue? {
        // Validated before, and within the depth limit then: a range of n bytes is never deeper than n.
        let depth = value.range.count
        switch value.kind {
        case .object:
            return try? JSONScanner.member(token, of: bytes, in: value.range, depthLimit: depth)
        case .array:
            guard let index = arrayIndex(token),
                let list = try? JSONScanner.elements(
                    of: bytes, in: value.range, depthLimit: depth, elementsLimit: .max)
            else { return nil }
            return list.elements.indices.contains(index) ? list.elements[index] : nil
        case .string, .number, .boolean, .null: return nil
        }
    }

    /// Digits without a leading zero (RFC 6901 §4).
    private static func arrayIndex(_ token: String) -> Int? {
        guard token.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            token == "0" || token.utf8.first != UInt8(ascii: "0")
        else { return nil }
        return Int(token)
    }

    private static func unescaped(_ part: Substring.UTF8View) -> String? {
        var token: [UInt8] = []
        var rest = part
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "~") else {
                token.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
            default: return nil
            }
        }
        return String(decoding: token, as: UTF8.self)
    }
}

extension JSONValue {
    /// The text of a string, and a number, `true`, `false` or `null` as it is written; nil for an object or an array.
    package func scalarText(in bytes: [UInt8]) -> String? {
        switch kind {
        case .string: string(in: bytes)
        case .number, .boolean, .null: String(decoding: bytes[range], as: UTF8.self)
        case .object, .array: nil
        }
    }
}
