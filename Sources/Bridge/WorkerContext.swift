import Credentials
import Events
import Glibc
import StatusIndex

/// What belongs to one worker thread, so that threads share nothing on the way of a request.
final class WorkerContext: @unchecked Sendable {
    // Used by the worker of that number only.
    private var randomness: any RandomNumberGenerator
    var credentials = CredentialView()
    let index: StatusIndexReader
    /// Where an event's line is written, before the log copies it.
    private var line: [UInt8] = []

    /// A longer line's memory is not kept.
    private static let keptLineBytesLimit = 64 << 10

    init(randomness: any RandomNumberGenerator, index: StatusIndexReader) {
        self.randomness = randomness
        self.index = index
    }

    /// Gives an empty array with the memory of the line before.
    func withLine<Failure: Error>(_ body: (inout [UInt8]) throws(Failure) -> Void) throws(Failure) {
        line.removeAll(keepingCapacity: line.capacity <= Self.keptLineBytesLimit)
        try body(&line)
    }

    func makeUUID(at time: Timestamp) -> UUIDv7 {
        UUIDv7(milliseconds: time.milliseconds, randomHigh: randomness.next(), randomLow: randomness.next())
    }
}

/// The kernel's randomness, fetched for many numbers at once: the call costs as much as the rest of a UUID.
package struct BufferedRandomness: RandomNumberGenerator, Sendable {
    /// Eight events' worth, and the most that getentropy(3) gives at once: 256 bytes.
    private static let wordsCount = 32
    private var words: [UInt64] = []

    package init() {}

    package mutating func next() -> UInt64 {
        if words.isEmpty { refill() }
        return words.removeLast()
    }

    private mutating func refill() {
        let bytesCount = Self.wordsCount * MemoryLayout<UInt64>.size
        words = unsafe [UInt64](unsafeUninitializedCapacity: Self.wordsCount) { buffer, filled in
            precondition(unsafe getentropy(buffer.baseAddress, bytesCount) == 0, "the kernel has no randomness")
            filled = Self.wordsCount
        }
    }
}
