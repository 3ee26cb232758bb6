/// The text of an attribute in an HTTP header (CloudEvents HTTP binding 1.0.2 §3.1.3.2).
enum HeaderText {
    /// Removes the quotes of quoted strings, understands their backslashes, then understands `%xy`, once.
    ///
    /// - Returns: nil where a quote does not end, a `%` has not two hexadecimal digits behind it, or the text is no UTF-8.
    static func decoded(_ value: ArraySlice<UInt8>) -> String? {
        let isPlain = value.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "%") }
        if isPlain { return String(decoding: value, as: UTF8.self) }
        guard let unquoted = unquoted(value), let text = percentDecoded(unquoted[...]) else { return nil }
        return String(validating: text, as: UTF8.self)
    }

    private static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        var isQuoted = false
        var rest = value
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "\\") where isQuoted:
                guard let escaped = rest.popFirst() else { return nil }
                text.append(escaped)
            default: text.append(byte)
            }
        }
        return isQuoted ? nil : text
    }

    private static func percentDecoded(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        var text: [UInt8] = []
        var rest = value
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimalValue),
                let low = rest.popFirst().flatMap(hexadecimalValue)
            else { return nil }
            text.append(high << 4 | low)
        }
        return text
    }

    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
