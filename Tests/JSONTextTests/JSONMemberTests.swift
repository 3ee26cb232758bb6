import JSONText
import Testing

struct JSONMemberTests {
    @Test func `Members come in the order sent, duplicates included, with their kinds`() throws {
        let bytes = Array(#" { "a" : 1, "b":"x", "\u0061":[ ], "c":{"d":null}, "":true } "#.utf8)
        let document = try JSONScanner.members(of: bytes, depthLimit: 3)
        #expect(document.root.range == 1..<(bytes.count - 1))
        #expect(document.members.map { $0.decodedName(in: bytes) } == ["a", "b", "a", "c", ""])
        #expect(document.members.map(\.nameHasEscapes) == [false, false, true, false, false])
        #expect(document.members.map(\.value.kind) == [.number, .string, .array, .object, .boolean])
        let texts = document.members.map { String(decoding: bytes[$0.value.range], as: UTF8.self) }
        #expect(texts == ["1", "\"x\"", "[ ]", "{\"d\":null}", "true"])
        #expect(document.member("a", in: bytes)?.value.range == document.members[0].value.range)
        #expect(document.member("d", in: bytes) == nil)
    }

    @Test func `A root that is no object has no members`() throws {
        for text in ["[{\"a\":1}]", "1", "\"a\"", "null", "{}", "{ \n }"] {
            #expect(try JSONScanner.members(of: Array(text.utf8), depthLimit: 2).members.isEmpty)
        }
    }

    @Test func `A members scan accepts and refuses what validate does, for the same reason`() {
        let texts = [
            "{\"a\" 1}", "{\"a\":1", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\":1]", "{}{}", "{", "{\"a", "{\"\\ud800\":1}",
            "{\"a\":[1,}", "{\"a\":1}", "", "[", "\u{FEFF}{}", "{\"a\":tru}", "{\"a\":1 \"b\":2}", "{\"a\":}",
            "{\"a\":1,2}",
        ]
        for text in texts {
            let bytes = Array(text.utf8)
            let plain = Result { () throws(JSONTextError) in try JSONScanner.validate(bytes, depthLimit: 128) }
            let members = Result { () throws(JSONTextError) in try JSONScanner.members(of: bytes, depthLimit: 128).root
            }
            #expect(plain == members, "\(text)")
        }
    }

    @Test func `One member over the limit is an error of the members scan only`() throws {
        func object(_ count: Int) -> [UInt8] {
            Array("{\((0..<count).map { "\"\($0)\":{\"x\":1,\"y\":2}" }.joined(separator: ","))}".utf8)
        }
        #expect(JSONScanner.membersLimit == 1024)
        #expect(try JSONScanner.members(of: object(1024), depthLimit: 2).members.count == 1024)
        let error = #expect(throws: JSONTextError.self) { try JSONScanner.members(of: object(1025), depthLimit: 2) }
        guard case .tooManyMembers(_, limit: 1024) = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(throws: Never.self) { try JSONScanner.validate(object(1025), depthLimit: 2) }
        #expect(try JSONScanner.member("1024", of: object(1025), depthLimit: 2)?.kind == .object)
        #expect(throws: JSONTextError.tooManyMembers(offset: 19, limit: 1)) {
            try JSONScanner.members(of: object(2), depthLimit: 2, membersLimit: 1)
        }
    }

    @Test func `A name is the same name however it is escaped`() throws {
        let same = [#""event_type""#, #""event\u005ftype""#, #""\u0065vent_typ\u0065""#]
        let others = [
            #""event_typ""#, #""event_typo""#, #""Event_type""#, #""event\u005Etype""#, #""event_type\u0000""#, #""""#,
        ]
        for (names, expected) in [(same, true), (others, false)] {
            for name in names {
                let bytes = Array("{\(name):1}".utf8)
                let member = try #require(JSONScanner.members(of: bytes, depthLimit: 1).members.first)
                #expect(member.isNamed("event_type", in: bytes) == expected, "\(name)")
            }
        }
    }

    @Test func `Names that only look alike are different names`() throws {
        // U+00E9 against e + U+0301: equal as Swift strings, different by RFC 8259 §8.3.
        let bytes = Array("{\"\u{E9}\":1,\"e\u{301}\":2,\"\\u00e9\":3}".utf8)
        let members = try JSONScanner.members(of: bytes, depthLimit: 1).members
        #expect(members.map { $0.isNamed("\u{E9}", in: bytes) } == [true, false, true])
    }

    @Test func `Of members with the same name a lookup takes the last, as the readers of the event do`() throws {
        let bytes = Array(#"{"a":1,"b":2,"\u0061":3,"c":{"a":4}}"#.utf8)
        let found = try #require(try JSONScanner.member("a", of: bytes, depthLimit: 2))
        #expect(bytes[found.range].elementsEqual("3".utf8))
        let inner = try #require(try JSONScanner.member("c", of: bytes, depthLimit: 2))
        let nested = try #require(try JSONScanner.member("a", of: bytes, in: inner.range, depthLimit: 2))
        #expect(bytes[nested.range].elementsEqual("4".utf8))
        #expect(try JSONScanner.member("d", of: bytes, depthLimit: 2) == nil)
        #expect(try JSONScanner.member("d", of: Array("[1]".utf8), depthLimit: 2) == nil)
    }
}

extension Result where Success: Equatable, Failure == JSONTextError {
    fileprivate static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.success(let left), .success(let right)): left == right
        case (.failure(let left), .failure(let right)): left == right
        default: false
        }
    }
}
