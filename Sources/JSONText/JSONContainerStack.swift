/// Which objects and arrays are open, one bit each: 1 for an object.
///
/// The innermost 63 lie in a register; only a text nested deeper than that allocates.
struct JSONContainerStack {
    /// The lowest bit is the innermost container; the highest one that is set only tells where they end.
    private var word: UInt64 = Self.noContainers
    /// From this on the word takes no more, because of its size or because of the limit.
    private var fullWord: UInt64
    private var wordsAside: [UInt64] = []
    private let depthLimit: Int

    private static let noContainers: UInt64 = 1
    private static let wordDepth = 63

    /// - Parameter depthLimit: how many containers may be open at once.
    init(depthLimit: Int) {
        self.depthLimit = depthLimit
        fullWord = Self.fullWord(depth: depthLimit)
    }

    @inline(__always)
    var isInsideObject: Bool { word & 1 == 1 }

    /// What closes the innermost container: `]` is 0x5D, `}` is 0x7D.
    @inline(__always)
    var closingByte: UInt8 { UInt8(ascii: "]") | UInt8(truncatingIfNeeded: word << 5) & 0x20 }

    /// False, and nothing done, if no more may be open.
    @inline(__always)
    mutating func push(isObject: Bool) -> Bool {
        if word >= fullWord {
            guard putAside() else { return false }
        }
        word = word << 1 | (isObject ? 1 : 0)
        return true
    }

    /// True if that was the outermost one.
    @inline(__always)
    mutating func popsLast() -> Bool {
        word >>= 1
        guard word == Self.noContainers else { return false }
        guard let outer = wordsAside.popLast() else { return true }
        word = outer
        fullWord = Self.fullWord(depth: depthLimit - wordsAside.count * Self.wordDepth)
        return false
    }

    private mutating func putAside() -> Bool {
        guard (wordsAside.count + 1) * Self.wordDepth < depthLimit else { return false }
        wordsAside.append(word)
        word = Self.noContainers
        fullWord = Self.fullWord(depth: depthLimit - wordsAside.count * Self.wordDepth)
        return true
    }

    private static func fullWord(depth: Int) -> UInt64 { 1 << UInt64(min(max(0, depth), wordDepth)) }
}
