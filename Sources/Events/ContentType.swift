/// A media type with its parameters (RFC 2046 §5.1, in the form of RFC 9110 §8.3.1).
package struct ContentType: Sendable, Equatable {
    /// `application`, in lower case.
    package let type: String
    /// `vnd.api+json`, in lower case.
    package let subtype: String
    /// In lower case, its quotes removed; nil where none is named.
    package let charset: String?

    /// - Returns: nil for what is no media type.
    package init?(_ text: String) {
        var reader = Reader(text: Array(text.utf8))
        guard let type = reader.token(), reader.takes("/"), let subtype = reader.token() else { return nil }
        var charset: String?
        while true {
            reader.skipBlanks()
            if reader.isAtEnd { break }
            guard reader.takes(";") else { return nil }
            reader.skipBlanks()
            // `text/plain;` is sent and means nothing more.
            if reader.isAtEnd { break }
            guard let name = reader.token(), reader.takes("="), let value = reader.tokenOrQuoted() else { return nil }
            if name == "charset", charset == nil { charset = value }
        }
        self.type = type
        self.subtype = subtype
        self.charset = charset
    }

    /// `application/cloudevents+json`
    package var essence: String { type + "/" + subtype }

    /// Whether it declares JSON, as CloudEvents' JSON format 1.0.2 §3.1.1 has it: `*/json` and `*/*+json`.
    package var isJSON: Bool { subtype == "json" || subtype.hasSuffix("+json") }

    /// Whether its bytes are made to be read as text: then an event carries them as a string if they are UTF-8.
    package var isText: Bool {
        type == "text" || subtype == "xml" || subtype.hasSuffix("+xml")
            || essence == "application/x-www-form-urlencoded"
    }

    /// Whether UTF-8 is how it is encoded, or at least nothing else.
    package var isUTF8: Bool { charset == nil || charset == "utf-8" || charset == "us-ascii" }

    private struct Reader {
        let text: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == text.count }

        mutating func takes(_ character: Unicode.Scalar) -> Bool {
            guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func skipBlanks() { while takes(" ") || takes("\t") {} }

        /// 1 or more of RFC 9110's tchar, in lower case.
        mutating func token() -> String? {
            let start = position
            while position < text.count, Self.isTokenCharacter(text[position]) { position += 1 }
            guard position > start else { return nil }
            return String(decoding: text[start..<position], as: UTF8.self).lowercased()
        }

        mutating func tokenOrQuoted() -> String? {
            guard takes("\"") else { return token() }
            var content: [UInt8] = []
            while position < text.count {
                let byte = text[position]
                position += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self).lowercased() }
                if byte == UInt8(ascii: "\\") {
                    guard position < text.count else { return nil }
                    content.append(text[position])
                    position += 1
                } else {
                    content.append(byte)
                }
            }
            return nil
        }

        private static func isTokenCharacter(_ byte: UInt8) -> Bool {
            EventSource.isLetter(byte) || EventSource.isDigit(byte) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
