import DurableIO

/// The name of somebody who reads a log to its own purpose: 1 to 63 of `a-z 0-9 . _ -`, the first one no punctuation, so
/// that it is a file's name as it stands and no two names differ only in case.
package struct ConsumerName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package static let bytesLimit = 63

    package let text: String

    /// - Throws: ``CursorError/invalidName(_:)``
    package init(_ text: String) throws(CursorError) {
        let bytes = text.utf8
        guard (1...Self.bytesLimit).contains(bytes.count), bytes.first.map(Self.isAlphanumeric) == true,
            bytes.allSatisfy(Self.isInAlphabet)
        else { throw .invalidName(text) }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: ConsumerName, right: ConsumerName) -> Bool { left.text < right.text }

    fileprivate static func isInAlphabet(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

/// How far a consumer has come in a log: it is done with every record before `next`.
///
/// On disk, in `cursors/<consumer>.json`, white space between tokens allowed, members it does not know ignored:
/// ```json
/// {"log":"events","next":43}
/// ```
package struct ConsumerCursor: Sendable, Equatable {
    package let consumer: ConsumerName
    /// `events`, or `executions/<writer>`.
    package let log: String
    /// At least 1.
    package let next: UInt64

    package init(consumer: ConsumerName, log: String, next: UInt64) {
        precondition(Self.isLogName(log), "\(log) is no log")
        precondition(next > 0, "sequences begin at 1")
        self.consumer = consumer
        self.log = log
        self.next = next
    }

    /// Whether a log could be called so: the writers of execution logs are named by letters, digits, `.`, `_` and `-`.
    package static func isLogName(_ name: String) -> Bool {
        if name == "events" { return true }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "executions", let first = parts[1].utf8.first else { return false }
        return first != UInt8(ascii: ".")
            && parts[1].utf8.allSatisfy {
                ConsumerName.isInAlphabet($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
            }
    }
}

/// Why a cursor file tells nothing.
package enum CursorFault: Error, Equatable, Sendable {
    /// The file's name is no consumer's.
    case wrongName
    case tooLarge(bytesLimit: Int)
    case notJSON(offset: Int)
    /// The member is missing, of another kind, or there twice.
    case noLog
    case noNext
    /// No log can be called so.
    case wrongLog
    /// `next` is no whole number from 1 to 2^64 - 1.
    case wrongNext
}

/// Why cursors were not read or changed.
package enum CursorError: Error, Equatable, Sendable {
    case disk(IOError)
    case invalidName(String)
    case notRegistered(ConsumerName)
    case alreadyRegistered(ConsumerCursor)
    /// The file is there and tells nothing; nothing is trimmed until it is mended or removed.
    case broken(path: String, CursorFault)
    /// An advance to what lies behind.
    case wouldGoBack(ConsumerCursor, to: UInt64)
    case tooManyConsumers(limit: Int)
    /// Another process has held the cursors' lock all the time.
    case busy(path: String)
}

extension CursorFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongName: "its name is not one that consumers can have"
        case .tooLarge(let limit): "it has more than \(limit) bytes"
        case .notJSON(let offset): "it is not JSON at byte \(offset)"
        case .noLog: #"it has no text "log", or two"#
        case .noNext: #"it has no number "next", or two"#
        case .wrongLog: #""log" is neither events nor executions/<writer>"#
        case .wrongNext: #""next" is no whole number from 1 on"#
        }
    }
}

extension CursorError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .disk(let error): error.description
        case .invalidName(let name):
            "\"\(name.prefix(80))\" is no consumer's name: 1 to \(ConsumerName.bytesLimit) of a-z, 0-9, . _ and -, "
                + "the first one a letter or a digit"
        case .notRegistered(let consumer): "no consumer \(consumer) is registered"
        case .alreadyRegistered(let cursor):
            "the consumer \(cursor.consumer) is registered already, at \(cursor.next) of the log \(cursor.log)"
        case .broken(let path, let fault): "\(path) is no cursor: \(fault)"
        case .wouldGoBack(let cursor, let to):
            "the consumer \(cursor.consumer) is at \(cursor.next) already and does not go back to \(to) unasked"
        case .tooManyConsumers(let limit): "there are \(limit) consumers; more are not followed"
        case .busy(let path): "\(path) is locked: another process is changing cursors or trimming"
        }
    }
}
