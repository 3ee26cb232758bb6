import Events
import JSONText
import Testing

struct GitHubDeliveryTests {
    private func delivery(_ event: String, _ body: String, id: String? = nil) throws -> GitHubDelivery? {
        let bytes = Array(body.utf8)
        let document = try JSONScanner.members(of: bytes, depthLimit: 128)
        return GitHubDelivery(event: event, delivery: id, document: document, body: bytes)
    }

    @Test func `event and action make the type, the repository's URL the source, the delivery the id`() throws {
        let body =
            #"{"action":"opened","repository":{"id":1,"url":"https://api.github.com/repos/o/r","owner":{"url":"x"}}}"#
        let found = try #require(try delivery("issues", body, id: "72d3162e-cc78-11e3-81ab-4c9367dc0958"))
        #expect(found.type == "com.github.issues.opened")
        #expect(found.source?.reference == "https://api.github.com/repos/o/r")
        #expect(found.id == "72d3162e-cc78-11e3-81ab-4c9367dc0958")
    }

    @Test func `without an action the type ends with the event`() throws {
        let found = try #require(try delivery("push", #"{"repository":{"url":"https://github.com/o/r"}}"#))
        #expect(found.type == "com.github.push")
        #expect(found.id == nil)
    }

    @Test func `without a repository the organization is the source, and without both there is none`() throws {
        let ofOrganization = try delivery("member", #"{"organization":{"url":"https://api.github.com/orgs/o"}}"#)
        #expect(ofOrganization?.source?.reference == "https://api.github.com/orgs/o")
        #expect(try #require(try delivery("ping", #"{"zen":"…","repository":null}"#)).source == nil)
        #expect(try #require(try delivery("ping", #"{"repository":{"url":17}}"#)).source == nil)
    }

    @Test func `what is no name of an event makes no delivery of GitHub's`() throws {
        for event in ["", "Push", "a b", "push\"", String(repeating: "a", count: 65)] {
            #expect(try delivery(event, "{}") == nil)
        }
    }

    @Test func `an action or an id that is no name is left out`() throws {
        let found = try #require(try delivery("issues", #"{"action":"a\"b"}"#, id: "a b"))
        #expect(found.type == "com.github.issues")
        #expect(found.id == nil)
    }
}
