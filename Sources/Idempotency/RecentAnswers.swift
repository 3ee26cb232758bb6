/// Answers of events that the index may not have yet, in the order of the log.
struct RecentAnswers: Sendable {
    /// 150 bytes each. Beyond it the oldest go: then a repeat waits for the index.
    static let limit = 1 << 15
    /// How many are added before it is asked what the index has.
    private static let pruneInterval = 1024

    private var answers: [(sequence: UInt64, answer: ClaimAnswer)] = []
    private var addedCount = 0

    /// - Parameter isIndexed: the index has all before the sequence it gives.
    mutating func note(_ answer: ClaimAnswer, sequence: UInt64, isIndexed: () -> UInt64) {
        addedCount += 1
        if addedCount.isMultiple(of: Self.pruneInterval) {
            answers.removeFirst(index(of: isIndexed()))
            if answers.count >= Self.limit { answers.removeFirst(Self.pruneInterval) }
        }
        answers.append((sequence, answer))
    }

    func answer(of sequence: UInt64) -> ClaimAnswer? {
        let index = index(of: sequence)
        guard index < answers.count, answers[index].sequence == sequence else { return nil }
        return answers[index].answer
    }

    /// The first one at or behind `sequence`.
    private func index(of sequence: UInt64) -> Int {
        var (low, high) = (0, answers.count)
        while low < high {
            let middle = (low + high) / 2
            if answers[middle].sequence < sequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
