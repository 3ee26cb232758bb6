import Testing

@testable import Authentication

@Suite("A glob")
struct GlobTests {
    @Test(
        "matches the whole text, and nothing but it",
        arguments: [
            ("a", "a", true), ("a", "ab", false), ("a", "ba", false), ("a", "", false), ("*", "", true),
            ("*", "anything/at.all", true), ("/ci/*", "/ci/", true), ("/ci/*", "/ci/a/b", true),
            ("/ci/*", "/ci", false), ("/ci/*", "x/ci/a", false), ("*.push", "com.github.push", true),
            ("*.push", "com.github.pushed", false), ("a*b*c", "a--b--b--c", true), ("a*b*c", "a--c--b", false),
            ("a?c", "abc", true), ("a?c", "ac", false), ("a?c", "abbc", false), ("?", "é", true), ("??", "é", false),
            ("*?", "", false), ("*?", "é", true), ("a?*", "a", false), ("**", "", true), ("a**b", "ab", true),
            ("[a]", "[a]", true), ("[a]", "a", false), ("a.b", "axb", false), ("a\\*", "a\\b", true),
            ("A", "a", false), ("*é", "né", true), ("*?é?*", "aébé", true), ("/ci/*", "/CI/x", false),
        ])
    func matching(pattern: String, text: String, isMatch: Bool) throws {
        #expect(try #require(Glob(pattern)).matches(text) == isMatch)
    }

    @Test("that is empty, over the limit or holds control characters is refused")
    func limits() {
        #expect(Glob("") == nil)
        #expect(Glob(String(repeating: "a", count: 256)) != nil)
        #expect(Glob(String(repeating: "a", count: 257)) == nil)
        #expect(Glob("a\nb") == nil)
        #expect(Glob("a\u{7F}") == nil)
    }

    @Test("with many stars costs at most text times pattern")
    func worstCase() throws {
        let glob = try #require(Glob(String(repeating: "*a", count: 127) + "*b"))
        // With backtracking into every star this would not end in the lifetime of the machine.
        #expect(!glob.matches(String(repeating: "a", count: 1024)))
        #expect(glob.matches(String(repeating: "a", count: 1023) + "b"))
    }

    @Test("agrees with a recursive matcher on every short pattern and text")
    func model() throws {
        func matches(_ pattern: Substring, _ text: Substring) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "*" {
                return matches(pattern.dropFirst(), text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
            }
            guard let head = text.first, first == "?" || first == head else { return false }
            return matches(pattern.dropFirst(), text.dropFirst())
        }
        func words(_ alphabet: [Character], upTo length: Int) -> [String] {
            var all = [""]
            var last = [""]
            for _ in 0..<length {
                last = last.flatMap { word in alphabet.map { word + String($0) } }
                all += last
            }
            return all
        }
        let texts = words(["a", "é"], upTo: 5)
        for pattern in words(["a", "é", "*", "?"], upTo: 5) where !pattern.isEmpty {
            let glob = try #require(Glob(pattern))
            for text in texts {
                let isMatch = glob.matches(text)
                if isMatch != matches(pattern[...], text[...]) { Issue.record("\(pattern) on \(text): \(isMatch)") }
            }
        }
    }
}
