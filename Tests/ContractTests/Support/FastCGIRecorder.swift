import Foundation

/// Stands where fx-bridge would, and keeps what nginx sends.
///
/// A thread accepts connections and answers one request after another, each as `answer` says.
final class FastCGIRecorder: @unchecked Sendable {
    struct Request {
        let parameters: [(name: String, value: String)]
        let body: [UInt8]
        let isKept: Bool
        /// The number of the connection it came on.
        let connection: Int

        func values(_ name: String) -> [String] {
            parameters.filter { $0.name == name }.map(\.value)
        }
    }

    private let listener: Int32
    private let answer: @Sendable (Request) -> String?
    // Guards `recorded`.
    private let lock = NSLock()
    private var recorded: [Request] = []

    var requests: [Request] { lock.withLock { recorded } }

    /// - Parameter answer: the whole CGI answer, head and body; nil closes the connection without one.
    init(socket path: String, answer: @escaping @Sendable (Request) -> String?) throws {
        self.answer = answer
        listener = try listeningSocket(unixPath: path)
        // nginx's workers may be somebody else.
        chmod(path, 0o666)
        let thread = Thread { [listener, weak self] in
            var number = 0
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { return }
                number += 1
                let connection = number
                // nginx may open a second connection while it keeps the first.
                Thread { [weak self] in
                    self?.serve(descriptor, connection)
                    close(descriptor)
                }.start()
            }
        }
        thread.start()
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ descriptor: Int32, _ connection: Int) {
        var records = FastCGIRecordReader(descriptor: descriptor)
        var parameters: [UInt8] = []
        var body: [UInt8] = []
        var isKept = false
        while let (type, content) = try? records.next() {
            switch type {
            case 1: (isKept, parameters, body) = (content[2] & 1 == 1, [], [])
            case 4: parameters += content
            case 5 where !content.isEmpty: body += content
            case 5:
                let request = Request(
                    parameters: decode(parameters), body: body, isKept: isKept, connection: connection)
                lock.withLock { recorded.append(request) }
                guard let text = answer(request) else { return }
                let output = Array(text.utf8)
                // Output, its end, and END_REQUEST: application status 0, FCGI_REQUEST_COMPLETE.
                let bytes: [UInt8] =
                    [1, 6, 0, 1, UInt8(output.count >> 8), UInt8(output.count & 0xff), 0, 0] + output
                    + [1, 6, 0, 1, 0, 0, 0, 0, 1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
                guard (try? writeAll(bytes, to: descriptor)) != nil, isKept else { return }
            default: return
            }
        }
    }

    private func decode(_ bytes: [UInt8]) -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        var rest = bytes[...]
        func length() -> Int {
            let first = Int(rest.removeFirst())
            guard first >= 128 else { return first }
            let others = rest.prefix(3).reduce(first & 0x7f) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(3)
            return others
        }
        func text(_ count: Int) -> String {
            defer { rest = rest.dropFirst(count) }
            return String(decoding: rest.prefix(count), as: UTF8.self)
        }
        while !rest.isEmpty {
            let (name, value) = (length(), length())
            pairs.append((text(name), text(value)))
        }
        return pairs
    }
}
