import JSONText
import Testing

struct JSONPointerTests {
    /// The document of RFC 6901 §5.
    private let example =
        #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#

    private func value(_ pointer: String, in text: String) throws -> String? {
        let bytes = Array(text.utf8)
        let document = try JSONScanner.members(of: bytes, depthLimit: 16)
        let value = try #require(JSONPointer(pointer), "\(pointer)").value(in: document, of: bytes)
        return value.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test(
        arguments: [
            ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/foo/1", #""baz""#), ("/", "0"), ("/a~1b", "1"),
            ("/c%d", "2"), ("/e^f", "3"), ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
        ])
    func `the examples of the RFC lead where it says`(pointer: String, expected: String) throws {
        #expect(try value(pointer, in: example) == expected)
        #expect(try value("", in: example) == example)
    }

    @Test(arguments: [
        "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/bar", "/bar", "/foo/0/x", "/a~1b/x", "//",
    ])
    func `what is not there is nothing`(pointer: String) throws { #expect(try value(pointer, in: example) == nil) }

    @Test(arguments: ["foo", "/~", "/~2", "/a~", "a/b"])
    func `what is no pointer is none`(text: String) { #expect(JSONPointer(text) == nil) }

    @Test func `it leads through arrays and objects, and the last of two names counts`() throws {
        #expect(try value("/1/a/0/b", in: #"[0, {"a":[{"b":1,"b":2}]} ]"#) == "2")
        #expect(try value("/a", in: #"{"a":1,"a":2}"#) == "2")
        #expect(try value("/0", in: "7") == nil)
        #expect(try value("", in: "7") == "7")
    }

    @Test func `the text of a scalar is that of the string, or as it is written`() throws {
        for (json, text) in [(#""a\u0041""#, "aA"), ("1E400", "1E400"), ("true", "true"), ("null", "null")] {
            #expect(try JSONScanner.validate(Array(json.utf8), depthLimit: 2).scalarText(in: Array(json.utf8)) == text)
        }
        #expect(try JSONScanner.validate(Array("{}".utf8), depthLimit: 2).scalarText(in: Array("{}".utf8)) == nil)
    }
}
