import HTTPMessage

@testable import Bridge
@testable import FastCGI

/// Any FastCGI environment becomes a request, and any path a route or none.
enum RequestProperty {
    /// - Parameter input: `NAME=value` strings, each ended by a zero.
    static func check(_ input: [UInt8]) {
        var entries = input.split(separator: 0, omittingEmptySubsequences: false).map {
            $0.map(CChar.init(bitPattern:)) + [0]
        }
        let request = unsafe withPointers(&entries) {
            unsafe FastCGIRequestHead(environment: $0).request(body: .complete([]))
        }
        precondition(!request.path.utf8.contains(UInt8(ascii: "?")))
        for listener in [HTTPListener.public, .operator] {
            guard let route = Route(path: request.path, listener: listener) else { continue }
            precondition(route.allows(.options))
            // What is behind the last slash is one segment.
            if case .correlation(let cid) = route { precondition(!cid.isEmpty) }
            if case .execution(let id) = route { precondition(!id.isEmpty) }
        }
        for name in [HTTPFieldName("X-API-KEY"), HTTPFieldName("X-Hub-Signature-256")] {
            precondition((request.fields.first(name) == nil) == (request.fields.occurrences(of: name) == 0))
            precondition(request.fields.values(of: name).count == request.fields.occurrences(of: name))
        }
    }

    private static func withPointers<Result>(
        _ entries: inout [[CChar]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe entries.map { entry in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: entry.count)
            unsafe copy.initialize(from: entry, count: entry.count)
            return unsafe copy
        }
        defer { unsafe pointers.forEach { unsafe $0?.deallocate() } }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("it has one element at least") }
            return unsafe body(base)
        }
    }
}
