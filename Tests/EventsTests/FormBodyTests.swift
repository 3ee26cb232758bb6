import Events
import Testing

struct FormBodyTests {
    private func form(_ text: String) throws(EventsError) -> FormBody { try FormBody(Array(text.utf8)) }

    @Test func `fields are decoded in their order`() throws {
        let form = try form("payload=%7B%22a%22%3A+1%7D&x=a%2Bb&empty=&bare&&x=2&%C3%A9=%e2%82%ac")
        #expect(form.fields.map(\.name) == ["payload", "x", "empty", "bare", "x", "é"])
        #expect(form["payload"] == Array(#"{"a": 1}"#.utf8))
        #expect(form["x"] == Array("a+b".utf8))
        #expect(form["empty"] == [])
        #expect(form["é"] == Array("€".utf8))
        #expect(form["no"] == nil)
        #expect(try self.form("").fields.isEmpty)
    }

    @Test func `fields become an object of strings, the first of each name`() throws {
        let json = try form("command=%2Fdeploy&text=a+%22b%22&command=other&token=").json()
        #expect(String(decoding: json, as: UTF8.self) == #"{"command":"/deploy","text":"a \"b\"","token":""}"#)
        #expect(try String(decoding: form("").json(), as: UTF8.self) == "{}")
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "%=1", "%ff=1"])
    func `what cannot be decoded is refused`(text: String) {
        #expect(throws: EventsError.formNotDecodable) { try form(text) }
    }

    @Test func `a value that is no text makes no string`() throws {
        #expect(throws: EventsError.formNotDecodable) { try form("a=%ff").json() }
    }

    @Test func `the number of fields has a limit`() throws {
        let fields = (0..<FormBody.fieldsLimit).map { "f\($0)=" }
        #expect(try form(fields.joined(separator: "&")).fields.count == 256)
        #expect(throws: EventsError.tooManyFields(limit: 256)) {
            try form((fields + ["x="]).joined(separator: "&"))
        }
    }
}
