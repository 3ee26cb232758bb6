import Events
import Testing

struct EventSourceTests {
    @Test(arguments: [
        "https://github.com/acme/shop", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "mailto:ops@example.org",
        "/cloudevents/spec/pull/123", "acme", "acme/orders:7", "1-555-123-4567", "?q=1", "#top", "//host/path", "a:",
        "http://user:pw@host:8080/a;b=1/c,d?x=1", "http://[2001:db8::7]/c=GB?one", "http://[::]:80",
        "http://[::ffff:192.0.2.1]/", "http://[v1.fe:x]/", "http://host:/", "http:///path", "tel:+1-816-555-1212",
        "a%20b", "./a:b", "x?a/b?c:@", "x#a/b?c:@", "!$&'()*+,;=", "%41%5b", "h1+.-://x", "//a@b", "a//b",
    ])
    func `A URI-reference is kept as it is`(text: String) throws {
        try #require(URIReferenceGrammar().accepts(text))
        #expect(EventSource(text).reference == text)
    }

    @Test(arguments: [
        ("Stripe Hook", "Stripe%20Hook"), ("a b:c", "a%20b%3Ac"), ("::", "%3A%3A"), ("1:2", "1%3A2"), (":", "%3A"),
        ("[", "%5B"), ("]", "%5D"), ("100%", "100%25"), ("%zz", "%25zz"), ("%4", "%254"), ("%%41", "%25%41"),
        ("é", "%C3%A9"), ("日", "%E6%97%A5"), ("\u{1F600}", "%F0%9F%98%80"), ("a\"b", "a%22b"), ("a\\b", "a%5Cb"),
        ("<a>", "%3Ca%3E"), ("a|b^c`d{e}", "a%7Cb%5Ec%60d%7Be%7D"), ("a\u{0}b\r\nc", "a%00b%0D%0Ac"),
        ("http://[bad", "http://%5Bbad"), ("http://bad]/x", "http://bad%5D/x"),
        ("http://[::1]x/", "http://%5B%3A%3A1%5Dx/"),
        ("http://[1::2::3]/", "http://%5B1%3A%3A2%3A%3A3%5D/"), ("http://[12345::]/", "http://%5B12345%3A%3A%5D/"),
        ("http://[::1.2.3.256]", "http://%5B%3A%3A1.2.3.256%5D"),
        ("http://[fe80::1%25eth0]/", "http://%5Bfe80%3A%3A1%25eth0%5D/"),
        ("http://host:port/", "http://host%3Aport/"), ("http://a b@c d:80/", "http://a%20b@c%20d:80/"),
        ("http://a@b@c/", "http://a%40b@c/"), ("http://::1:80/", "http://%3A%3A1:80/"), ("x#a#b", "x#a%23b"),
        ("x?[1]#[2]", "x?%5B1%5D#%5B2%5D"), ("C:\\hooks", "C:%5Chooks"), ("1http://x", "1http%3A//x"),
        ("a_b:c/d:e", "a_b%3Ac/d:e"), ("//a/b c", "//a/b%20c"), ("%2", "%252"), ("a%?41", "a%25?41"), ("a b", "a%20b"),
    ])
    func `What may not stand where it stands is percent-encoded and nothing else`(text: String, expected: String) throws
    {
        let reference = EventSource(text).reference
        #expect(reference == expected)
        #expect(try URIReferenceGrammar().accepts(reference))
    }

    @Test func `Any text becomes a URI-reference, once and for all`() throws {
        let grammar = try URIReferenceGrammar()
        let pieces = [
            ":", "/", "?", "#", "[", "]", "@", "%", "%4", "%41", "a", "Z", "1", "f", "v", ".", "-", "_", "~", "+", "!",
            "&", "=", ",", " ", "é", "\u{0}", "\"", "<", "\\", "^", "\r\n", "//", "::", "http:", "[::1]", "127.0.0.1",
            ":80", "://", "\u{7F}",
        ]
        var random = SeededGenerator()
        var kept = 0
        for _ in 0..<4000 {
            let text = (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            let reference = EventSource(text).reference
            let isReference = grammar.accepts(reference)
            let isStable = EventSource(reference).reference == reference
            let isKept = !grammar.accepts(text) || reference == text
            if !(isReference && isStable && isKept) {
                Issue.record("\(text.debugDescription) became \(reference.debugDescription)")
            }
            if reference == text { kept += 1 }
        }
        // Worth something only if both roads are taken.
        #expect((100..<3900).contains(kept))
    }

    @Test func `An IPv6 address is told from what only looks like one`() throws {
        let grammar = try URIReferenceGrammar()
        var random = SeededGenerator()
        let pieces = ["1", "ab", "0000", "12345", "g", ":", ":", "::", "1.2.3.4", "01.2.3.4", "256.1.1.1"]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...10, using: &random)).map { _ in
                pieces.randomElement(using: &random) ?? ""
            }
            .joined()
            let source = "http://[\(text)]/"
            #expect((EventSource(source).reference == source) == grammar.accepts(source), "\(source)")
        }
    }

    @Test func `The grammar of this test tells right from wrong`() throws {
        let grammar = try URIReferenceGrammar()
        for text in ["", "a b", "1:2", "::", "http://[bad", "a%4", "[", "é", "x#a#b", "http://[::1%25x]/"] {
            #expect(grammar.accepts(text) == text.isEmpty, "\(text)")
        }
    }
}
