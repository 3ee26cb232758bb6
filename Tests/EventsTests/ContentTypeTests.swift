import Events
import Testing

struct ContentTypeTests {
    @Test(
        arguments: [
            ("application/json", "application/json", nil), ("Text/Plain;Charset=UTF-8", "text/plain", "utf-8"),
            ("a/b ; x=y ; charset=\"us-\\ascii\"", "a/b", "us-ascii"), ("a/b;", "a/b", nil),
            ("application/vnd.x+json;charset=a;charset=b", "application/vnd.x+json", "a"),
            ("a/b;x=\"\"", "a/b", nil), ("!#$/&'*+", "!#$/&'*+", nil),
        ] as [(String, String, String?)])
    func `a media type is read with its charset`(text: String, essence: String, charset: String?) throws {
        let type = try #require(ContentType(text))
        #expect(type.essence == essence)
        #expect(type.charset == charset)
    }

    @Test(
        arguments: [
            "", "xyz", "a/", "/b", "a/b/c", "a b/c", "a/b;x", "a/b;x=", "a/b;=y", "a/b;x=\"open", "a/b x=y", " a/b",
            "a/b;x=\"\\", "ä/b",
        ])
    func `what is none is nothing`(text: String) { #expect(ContentType(text) == nil) }

    @Test func `JSON and text are told by the subtype`() {
        for text in ["application/json", "text/json", "application/problem+json;charset=latin1"] {
            #expect(ContentType(text)?.isJSON == true)
        }
        for text in ["application/jsonp", "application/x-json", "application/json5"] {
            #expect(ContentType(text)?.isJSON == false)
        }
        for text in ["text/anything", "application/xml", "image/svg+xml", "application/x-www-form-urlencoded"] {
            #expect(ContentType(text)?.isText == true)
        }
        #expect(ContentType("application/octet-stream")?.isText == false)
        #expect(ContentType("text/plain;charset=latin1")?.isUTF8 == false)
        #expect(ContentType("text/plain;charset=US-ASCII")?.isUTF8 == true)
    }
}
