import Events
import StatusIndex

/// What belongs to one worker thread, so that threads share nothing on the way of a request.
final class WorkerContext: @unchecked Sendable {
    // Used by the worker of that number only.
    private var randomness: any RandomNumberGenerator
    let index: StatusIndexReader

    init(randomness: any RandomNumberGenerator, index: StatusIndexReader) {
        self.randomness = randomness
        self.index = index
    }

    func makeUUID(at time: Timestamp) -> UUIDv7 {
        UUIDv7(milliseconds: time.milliseconds, randomHigh: randomness.next(), randomLow: randomness.next())
    }
}

/// The kernel's randomness, fetched for many numbers at once: getrandom(2) costs as much as the rest of a UUID.
package struct BufferedRandomness: RandomNumberGenerator, Sendable {
    private static let wordsCount = 64
    private var words: [UInt64] = []
    private var source = SystemRandomNumberGenerator()

    package init() {}

    package mutating func next() -> UInt64 {
        if let word = words.popLast() { return word }
        words.reserveCapacity(Self.wordsCount)
        for _ in 1..<Self.wordsCount { words.append(source.next()) }
        return source.next()
    }
}
