import JSONText

/// An object's members by name, with errors that name the member.
struct ObjectReader {
    let bytes: [UInt8]
    let document: JSONDocument

    /// Scans the bytes, or a part of them, for one object.
    init(_ bytes: [UInt8], in range: Range<Int>? = nil, depthLimit: Int) throws(EventsError) {
        self.bytes = bytes
        do {
            document = try JSONScanner.members(of: bytes, in: range, depthLimit: depthLimit)
        } catch { throw .json(error) }
        guard document.root.kind == .object else { throw .notAnObject(found: document.root.kind) }
    }

    /// Makes sure that every member is there once, whether we know it or not.
    func refuseDuplicates() throws(EventsError) {
        let members = document.members
        // Three members are compared with each other; a thousand go through a set, whose hash the sender cannot know.
        guard members.count > 8 else {
            for index in members.indices {
                for earlier in 0..<index where haveSameName(members[earlier], members[index]) {
                    throw .memberDuplicated(shownName(members[index]))
                }
            }
            return
        }
        // Bytes, not Strings: Swift holds "é" and "e\u{301}" equal, JSON does not.
        var names = Set<ArraySlice<UInt8>>(minimumCapacity: members.count)
        for member in members where !names.insert(nameBytes(member)).inserted {
            throw .memberDuplicated(shownName(member))
        }
    }

    /// The value of a member; `nil` if it is missing.
    func value(_ name: String) -> JSONValue? { document.member(name, in: bytes)?.value }

    /// The value of a member that need not be there; `null` says that it is not.
    func presentValue(_ name: String) -> JSONValue? {
        guard let value = value(name), value.kind != .null else { return nil }
        return value
    }

    func requiredValue(_ name: String) throws(EventsError) -> JSONValue {
        guard let value = value(name) else { throw .memberMissing(name) }
        return value
    }

    /// The text of a required string.
    func string(_ name: String) throws(EventsError) -> String {
        let value = try requiredValue(name)
        guard let text = value.string(in: bytes) else {
            throw .memberOfWrongKind(name, expected: .string, found: value.kind)
        }
        return text
    }

    /// The text of a required string that is not empty, not too long, and can be shown on a terminal.
    func line(_ name: String, bytesLimit: Int) throws(EventsError) -> String {
        let text = try string(name)
        guard !text.isEmpty else { throw .memberEmpty(name) }
        guard text.utf8.count <= bytesLimit else { throw .memberTooLong(name, bytesLimit: bytesLimit) }
        guard !Self.hasControlCharacter(text) else { throw .memberWithControlCharacter(name) }
        return text
    }

    /// The text of a required string of ``IdentifierAlphabet``.
    func identifier(_ name: String) throws(EventsError) -> String {
        let text = try string(name)
        try IdentifierAlphabet.check(text, member: name)
        return text
    }

    func timestamp(_ name: String) throws(EventsError) -> Timestamp {
        guard let timestamp = Timestamp(rfc3339: try string(name)) else { throw .memberNotATimestamp(name) }
        return timestamp
    }

    /// The number of a required string of 20 digits.
    func sequence(_ name: String) throws(EventsError) -> UInt64 {
        let text = try string(name)
        guard text.utf8.count == SpoolLine.sequenceDigits, text.utf8.allSatisfy(EventSource.isDigit),
            let number = UInt64(text)
        else { throw .memberNotASequence(name) }
        return number
    }

    /// U+0000–001F and U+007F–009F, the latter in UTF-8: 0x7F, and 0xC2 before 0x80–9F.
    static func hasControlCharacter(_ text: String) -> Bool {
        let bytes = text.utf8Span.span
        var previous: UInt8 = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x7F || (previous == 0xC2 && byte < 0xA0) { return true }
            previous = byte
        }
        return false
    }

    private func haveSameName(_ left: JSONMember, _ right: JSONMember) -> Bool {
        guard left.nameHasEscapes || right.nameHasEscapes else {
            return left.name.count == right.name.count && bytes[left.name].elementsEqual(bytes[right.name])
        }
        return nameBytes(left).elementsEqual(nameBytes(right))
    }

    private func nameBytes(_ member: JSONMember) -> ArraySlice<UInt8> {
        guard member.nameHasEscapes else { return bytes[(member.name.lowerBound + 1)..<(member.name.upperBound - 1)] }
        return Array(member.decodedName(in: bytes).utf8)[...]
    }

    /// The name for an error: what a sender calls a member may be as long as the body.
    private func shownName(_ member: JSONMember) -> String {
        let name = member.decodedName(in: bytes).unicodeScalars
        let start = String(String.UnicodeScalarView(name.prefix(64)))
        return name.count > 64 ? start + "…" : start
    }
}
