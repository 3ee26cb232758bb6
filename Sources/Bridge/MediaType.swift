/// Judges a `Content-Type` (RFC 9110 §8.3.1): JSON in UTF-8 is all that events are made of.
enum MediaType {
    /// The one that nearly everybody sends, told without taking it apart.
    private static let usual = "application/json"

    /// True for `application/json` and `application/*+json`, with any parameters, unless one names another charset.
    static func isJSON(_ value: String) -> Bool {
        if value == usual { return true }
        var parts = split(value)
        guard let essence = parts.next() else { return false }
        let type = trimmed(essence).lowercased()
        let suffix = "+json"
        let isNamed = type == "application/json"
        let hasSuffix =
            type.hasPrefix("application/") && type.hasSuffix(suffix)
            && type.utf8.count > "application/".utf8.count + suffix.utf8.count
        guard isNamed || hasSuffix else { return false }
        while let parameter = parts.next() {
            let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, trimmed(pair[0]).lowercased() == "charset" else { continue }
            let charset = trimmed(pair[1]).lowercased()
            guard charset == "utf-8" || charset == "\"utf-8\"" else { return false }
        }
        return true
    }

    /// True for `application/x-www-form-urlencoded`, with any parameters.
    static func isForm(_ value: String) -> Bool {
        if value == usual { return false }
        guard let essence = split(value).first(where: { _ in true }) else { return false }
        return trimmed(essence).lowercased() == "application/x-www-form-urlencoded"
    }

    private static func split(_ value: String) -> IndexingIterator<[Substring]> {
        value.split(separator: ";", omittingEmptySubsequences: false).makeIterator()
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
