/// A CloudEvents `source`: a URI-reference (RFC 3986 §4.1), whatever text the sender wrote.
///
/// A text that is a URI-reference already stays as it is. Of any other, the bytes that may not stand where they stand
/// are percent-encoded as UTF-8, and nothing else is: `Stripe Hook` becomes `Stripe%20Hook`, `a b:c` becomes
/// `a%20b%3Ac`, `http://[bad` becomes `http://%5Bbad`, `100%` becomes `100%25`. Doing it twice changes nothing more.
package struct EventSource: Sendable, Hashable {
    package let reference: String

    /// - Parameter text: not empty where it shall be a CloudEvents source; the empty text is a URI-reference too.
    package init(_ text: String) {
        reference = Self.isPlain(text) ? text : Self.encoded(Array(text.utf8)[...])
    }

    /// Whether nothing needs a look at the grammar: `acme/orders`, `https://api.example/v1/orders`.
    ///
    /// Slashes and unreserved characters may stand in a path and, after `//`, in a host. A first colon is a scheme's if
    /// only letters stand before it and `//` behind it.
    private static func isPlain(_ text: String) -> Bool {
        let bytes = text.utf8Span.span
        var isLettersOnly = true
        for index in bytes.indices {
            let byte = bytes[index]
            if isLetter(byte) { continue }
            let isSchemeEnd =
                byte == UInt8(ascii: ":") && isLettersOnly && index > 0 && bytes.count - index > 2
                && bytes[index + 1] == UInt8(ascii: "/") && bytes[index + 2] == UInt8(ascii: "/")
            guard isSchemeEnd || isUnreserved(byte) || byte == UInt8(ascii: "/") else { return false }
            isLettersOnly = false
        }
        return true
    }

    /// Splits the text into the components of RFC 3986 §3 and encodes each by its own rule.
    private static func encoded(_ text: ArraySlice<UInt8>) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + 16)
        let (beforeFragment, fragment) = split(text, at: UInt8(ascii: "#"))
        let (beforeQuery, query) = split(beforeFragment, at: UInt8(ascii: "?"))
        var path = beforeQuery

        let (first, afterColon) = split(path, at: UInt8(ascii: ":"))
        let hasScheme = afterColon != nil && isScheme(first)
        if let afterColon, hasScheme {
            output.append(contentsOf: first)
            output.append(UInt8(ascii: ":"))
            path = afterColon
        }
        if path.starts(with: "//".utf8) {
            let authority = path.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
            output.append(contentsOf: "//".utf8)
            appendAuthority(authority, to: &output)
            path = path[authority.endIndex...]
        } else if !hasScheme {
            // The first segment of a relative path has no colon, or it would read as a scheme (RFC 3986 §4.2).
            let segment = path.prefix { $0 != UInt8(ascii: "/") }
            append(segment, allowing: "@", to: &output)
            path = path[segment.endIndex...]
        }
        append(path, allowing: ":@/", to: &output)
        if let query {
            output.append(UInt8(ascii: "?"))
            append(query, allowing: ":@/?", to: &output)
        }
        if let fragment {
            output.append(UInt8(ascii: "#"))
            append(fragment, allowing: ":@/?", to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// `user:secret@host:port`; the last `@` ends the user, and a port is what follows the last colon if it is digits.
    private static func appendAuthority(_ authority: ArraySlice<UInt8>, to output: inout [UInt8]) {
        var host = authority
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) {
            append(authority[..<at], allowing: ":", to: &output)
            output.append(UInt8(ascii: "@"))
            host = authority[(at + 1)...]
        }
        var port: ArraySlice<UInt8>?
        if let colon = host.lastIndex(of: UInt8(ascii: ":")), host[(colon + 1)...].allSatisfy(isDigit) {
            port = host[(colon + 1)...]
            // The colon of `[::1]` and of `[::]` is no port's: a bracket follows it, which is no digit.
            host = host[..<colon]
        }
        if IPLiteral.isValid(host) {
            output.append(contentsOf: host)
        } else {
            append(host, allowing: "", to: &output)
        }
        if let port {
            output.append(UInt8(ascii: ":"))
            output.append(contentsOf: port)
        }
    }

    /// Appends a component: unreserved characters, sub-delims, valid escapes and what `allowing` names stay.
    private static func append(_ component: ArraySlice<UInt8>, allowing extra: String, to output: inout [UInt8]) {
        var index = component.startIndex
        while index < component.endIndex {
            let byte = component[index]
            let isEscape =
                byte == UInt8(ascii: "%") && component.endIndex - index > 2
                && isHexadecimalDigit(component[index + 1]) && isHexadecimalDigit(component[index + 2])
            if isEscape || isUnreserved(byte) || isSubDelimiter(byte) || extra.utf8.contains(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(hexadecimalDigit(byte >> 4))
                output.append(hexadecimalDigit(byte & 0x0F))
            }
            index += 1
        }
    }

    private static func split(
        _ text: ArraySlice<UInt8>, at separator: UInt8
    ) -> (before: ArraySlice<UInt8>, after: ArraySlice<UInt8>?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (text[..<index], text[(index + 1)...])
    }

    /// Whether it is a URI (RFC 3986 §3) and not only a reference.
    package var hasScheme: Bool {
        let text = Array(reference.utf8)
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return false }
        return Self.isScheme(text[..<colon])
    }

    /// `ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )`.
    private static func isScheme(_ text: ArraySlice<UInt8>) -> Bool {
        guard let first = text.first, isLetter(first) else { return false }
        return text.allSatisfy {
            isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }

    private static func hexadecimalDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
    }
}

extension EventSource {
    static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }
    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    static func isHexadecimalDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// RFC 3986 §2.3.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isLetter(byte) || isDigit(byte)
        }
    }

    /// RFC 3986 §2.2.
    static func isSubDelimiter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }
}
