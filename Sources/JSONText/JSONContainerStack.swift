/// Which objects and arrays are open, one bit each: 1 for an object.
///
/// The innermost 64 lie in a register; only a text nested deeper than that allocates.
struct JSONContainerStack {
    private(set) var depth = 0
    /// The lowest bit is the innermost container.
    private var word: UInt64 = 0
    private var fullWords: [UInt64] = []

    @inline(__always)
    var isInsideObject: Bool { word & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0 && depth > 0 { fullWords.append(word) }
        word = word << 1 | (isObject ? 1 : 0)
        depth += 1
    }

    @inline(__always)
    mutating func pop() {
        depth -= 1
        // Back at 64, 128, …: the whole word was put aside by the push that left it.
        word = depth & 63 == 0 && depth > 0 ? fullWords.removeLast() : word >> 1
    }
}
