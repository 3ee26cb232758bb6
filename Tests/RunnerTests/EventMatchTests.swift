import JSONText
import Settings
import Testing

@testable import Runner

struct EventMatchTests {
    private func holds(_ pointer: String, _ test: PayloadCondition.Test, _ payload: String) throws -> Bool {
        let bytes = Array("##\(payload)##".utf8)
        let condition = PayloadCondition(pointer: try #require(JSONPointer(pointer)), test: test)
        return condition.holds(for: 2..<(bytes.count - 2), of: bytes)
    }

    private func scalar(_ yaml: String) throws -> JSONScalar {
        let node = try #require(try YAMLNode.document(Array(yaml.utf8)))
        return try #require(JSONScalar(node))
    }

    /// The examples of RFC 6901 §5.
    @Test(arguments: [
        ("/foo/0", "\"bar\""), ("/foo/1", "\"baz\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
        ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
    ])
    func `a pointer finds what RFC 6901 says`(pointer: String, expected: String) throws {
        let document = Array(
            #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}"#.utf8)
        let found = try #require(JSONPointer(pointer))
        let value = try #require(found.value(in: 0..<document.count, of: document))
        #expect(String(decoding: document[value.range], as: UTF8.self) == expected)
    }

    @Test func `a pointer to nothing finds nothing`() throws {
        let document = Array("{\"foo\":[1],\"s\":\"x\"}".utf8)
        for text in ["/foo/1", "/foo/01", "/foo/-", "/foo/-1", "/bar", "/s/0", "/foo/0/a", "/foo/99999999999999999999"]
        {
            #expect(try #require(JSONPointer(text)).value(in: 0..<document.count, of: document) == nil, "\(text)")
        }
        #expect(JSONPointer("foo") == nil && JSONPointer("/a~2") == nil && JSONPointer("/a~") == nil)
        let whole = try #require(JSONPointer("")).value(in: 0..<document.count, of: document)
        #expect(whole?.kind == .object)
    }

    @Test func `existence, equality and membership`() throws {
        #expect(try holds("/a", .exists(true), "{\"a\":null}"))
        #expect(try !holds("/a", .exists(true), "{\"b\":1}"))
        #expect(try holds("/a", .exists(false), "{\"b\":1}"))
        #expect(try holds("/a", .exists(false), "[]"))
        #expect(try holds("/a", .isOneOf([scalar("eu"), scalar("us")]), "{\"a\":\"\\u0075s\"}"))
        #expect(try !holds("/a", .isOneOf([scalar("eu")]), "{\"a\":[\"eu\"]}"))
        #expect(try !holds("/a", .isOneOf([scalar("null")]), "{}"))
        #expect(try holds("/a", .isOneOf([scalar("null")]), "{\"a\":null}"))
        // Of two members with one name the last counts.
        #expect(try holds("/a", .isOneOf([scalar("2")]), "{\"a\":1,\"a\":2}"))
    }

    @Test(arguments: [
        ("1", "1.0", true), ("10", "1e1", true), ("0.5", "5E-1", true), ("-0", "0.00", true), ("100", "1", false),
        ("123456789012345678901234567890", "123456789012345678901234567890.0", true),
        ("123456789012345678901234567890", "123456789012345678901234567891", false), ("-1", "1", false),
        ("1e400", "10e399", true), ("+5", "5", true), ("\"5\"", "5", false), ("true", "true", true),
        ("True", "true", true), ("\"true\"", "true", false), ("yes", "true", false), ("\"5\"", "\"5\"", true),
    ])
    func `scalars are compared by what they mean`(yaml: String, json: String, isEqual: Bool) throws {
        #expect(try holds("", .isOneOf([scalar(yaml)]), json) == isEqual)
    }

    @Test func `reserved members are taken out of the root, and nothing else is touched`() throws {
        for (payload, expected) in [
            ("{\"a\" : 1.50,\"_fxcid\":\"x\"}", "{\"a\":1.50}"),
            ("{\"a\" : 1.50 }", "{\"a\" : 1.50 }"),
            ("{\"_fxexec\":1,\"_fxparentexec\":2,\"secrets\":{\"k\":1},\"package_name\":\"p\"}", "{}"),
            ("{\"\\u005ffxcid\":1,\"b\":{\"_fxcid\":2}}", "{\"b\":{\"_fxcid\":2}}"),
            ("[{\"secrets\":1}]", "[{\"secrets\":1}]"), ("\"_fxcid\"", "\"_fxcid\""),
        ] {
            let bytes = Array("x\(payload)x".utf8)
            let kept = ReservedMembers.stripped(1..<(bytes.count - 1), of: bytes)
            #expect(String(decoding: kept, as: UTF8.self) == expected)
        }
    }
}
