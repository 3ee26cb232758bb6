import Glibc
import HTTPMessage
import Testing

@testable import FastCGI

struct FastCGIRequestHeadTests {
    /// A head from strings as libfcgi holds them.
    private func head(_ entries: String...) -> FastCGIRequestHead {
        var environment: [UnsafeMutablePointer<CChar>?] = entries.map { strdup($0) } + [nil]
        defer { for entry in environment { free(entry) } }
        return FastCGIRequestHead(environment: &environment)
    }

    private func request(_ entries: String...) -> HTTPRequest {
        var environment: [UnsafeMutablePointer<CChar>?] = entries.map { strdup($0) } + [nil]
        defer { for entry in environment { free(entry) } }
        return FastCGIRequestHead(environment: &environment).request(body: .complete([]))
    }

    @Test func `every parameter lands where it belongs and outlives libfcgi's copy`() {
        let request = request(
            "REQUEST_METHOD=POST", "REQUEST_URI=/fx/events?a=b", "CONTENT_TYPE=application/json", "CONTENT_LENGTH=12",
            "REQUEST_ID=5f0c", "REMOTE_ADDR=192.0.2.1", "FX_LISTENER=public", "HTTP_X_API_KEY=key=with=equals",
            "SERVER_NAME=ignored", "QUERY_STRING=not=looked&at")
        #expect(request.method == .post)
        #expect(request.path == "/fx/events")
        #expect(request.query == "a=b")
        #expect(request.contentType == "application/json")
        #expect(request.requestID == "5f0c")
        #expect(request.remoteAddress == "192.0.2.1")
        #expect(request.listener == .public)
        #expect(request.fields.count == 1)
        #expect(request.fields.text(HTTPFieldName("x-api-key")) == "key=with=equals")
    }

    @Test func `headers that came twice are both kept, in their order`() {
        let fields = request("HTTP_X_API_KEY=a", "HTTP_X=1", "HTTP_X_API_KEY=b", "HTTP_X_API_KEY=").fields
        #expect(fields.count == 4)
        #expect(fields.occurrences(of: HTTPFieldName("X-API-KEY")) == 3)
        #expect(fields.text(HTTPFieldName("X-API-KEY")) == "a")
        #expect(fields.occurrences(of: HTTPFieldName("X-API")) == 0)
        #expect(fields.text(HTTPFieldName("X-API")) == nil)
    }

    @Test func `a header cannot pass for a parameter, nor a parameter for a header`() {
        let request = request(
            "HTTP_FX_LISTENER=operator", "HTTP_REQUEST_METHOD=POST", "HTTP_=nameless", "HTTP_REMOTE_ADDR=1.2.3.4",
            "X_API_KEY=k", "XHTTP_A=1")
        #expect(request.listener == .public)
        #expect(request.method == .other(""))
        #expect(request.remoteAddress.isEmpty)
        #expect(request.fields.text(HTTPFieldName("X-API-KEY")) == nil)
        #expect(request.fields.count == 4)
    }

    @Test(
        arguments: [
            ("/a", "/a", ""), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"), ("?x", "", "x"), ("", "", ""),
            ("/%2F?%3F", "/%2F", "%3F"), ("/é?ü", "/é", "ü"), ("*", "*", ""),
        ])
    func `a target is split at its first question mark and not decoded`(target: String, path: String, query: String) {
        let request = request("REQUEST_URI=" + target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(arguments: [("GET", HTTPMethod.get), ("HEAD", .head), ("POST", .post), ("OPTIONS", .options)])
    func `a method is known by its exact name`(name: String, method: HTTPMethod) {
        #expect(request("REQUEST_METHOD=" + name).method == method)
        #expect(request("REQUEST_METHOD=" + name.lowercased()).method == .other(name.lowercased()))
        #expect(request("REQUEST_METHOD=" + name + "X").method == .other(name + "X"))
    }

    @Test(arguments: [("operator", HTTPListener.operator), ("public", .public), ("", .public), ("Operator", .public)])
    func `only the one word opens the operator's door`(value: String, listener: HTTPListener) {
        #expect(request("FX_LISTENER=" + value).listener == listener)
    }

    @Test(arguments: [("0", 0), ("7", 7), ("0010", 10), ("1125899906842623", 1_125_899_906_842_623)])
    func `a content length is a decimal number`(text: String, length: Int) {
        let head = head("CONTENT_LENGTH=" + text)
        #expect(head.contentLength == length)
        #expect(!head.isContentLengthWrong)
    }

    @Test(arguments: ["-1", "+1", "1.0", " 1", "1 ", "0x10", "1,1", "nine", String(repeating: "9", count: 40)])
    func `a content length that is no number is told apart from none`(text: String) {
        let head = head("CONTENT_LENGTH=" + text)
        #expect(head.contentLength == nil)
        #expect(head.isContentLengthWrong)
    }

    @Test func `no content length, or an empty one, is no mistake`() {
        for head in [head(), head("CONTENT_LENGTH=")] {
            #expect(head.contentLength == nil)
            #expect(!head.isContentLengthWrong)
        }
    }

    @Test func `entries without a name or without a value are harmless`() {
        let request = request("", "=", "REQUEST_URI", "HTTP_X", "=x", "REQUEST_METHOD=")
        #expect(request.path.isEmpty)
        #expect(request.fields.count == 0)
        #expect(request.method == .other(""))
    }

    @Test func `bytes that are no UTF-8 are replaced in texts and kept in fields`() {
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("REQUEST_URI=/?"), strdup("HTTP_X=?"), nil]
        defer { for entry in environment { free(entry) } }
        environment[0]?[13] = CChar(bitPattern: 0xFF)
        environment[1]?[7] = CChar(bitPattern: 0xFF)
        let request = FastCGIRequestHead(environment: &environment).request(body: .complete([]))
        #expect(request.path == "/\u{FFFD}")
        #expect(request.fields.first(HTTPFieldName("X")).map(Array.init) == [0xFF])
    }
}
