/// The bytes of one file on a simulated disk: what programs read, and what a power cut would leave of it.
///
/// `durable` is what the disk itself holds. Pages in `dirty` wait for the next synchronization. Pages in `dropped` were
/// given to the disk, refused, and marked clean: no later synchronization writes them, though a read may still find them
/// in the page cache (fsync(2), "Errors"; seen with ext4 and xfs alike).
struct SimulatedContent: Sendable {
    /// Smaller than a real page, so that small tests tear.
    static let pageBytes = 512

    private(set) var cached: [UInt8] = []
    private var durable: [UInt8] = []
    private var dirty: Set<Int> = []
    private var dropped: Set<Int> = []
    /// The run of the machine's programs in which a synchronization of this file failed last.
    private(set) var failedSynchronizationRun: Int?

    mutating func append(_ bytes: some Collection<UInt8>) {
        guard !bytes.isEmpty else { return }
        let start = cached.count
        cached.append(contentsOf: bytes)
        for page in (start / Self.pageBytes)...((cached.count - 1) / Self.pageBytes) { markDirty(page) }
    }

    mutating func truncate(to size: Int) {
        if size > cached.count {
            append(repeatElement(0, count: size - cached.count))
            return
        }
        cached.removeSubrange(size...)
        let pages = (size + Self.pageBytes - 1) / Self.pageBytes
        dirty = dirty.filter { $0 < pages }
        dropped = dropped.filter { $0 < pages }
        // The kernel clears what lies behind the end in the last page.
        if size % Self.pageBytes != 0 { markDirty(pages - 1) }
    }

    mutating func synchronize() {
        for page in dirty { writeBack(page) }
        dirty = []
        resize(&durable, to: cached.count)
    }

    /// Some of the dirty pages reach the disk, the others never will.
    mutating func failToSynchronize(run: Int, _ random: inout SeededGenerator) {
        for page in dirty.sorted() {
            if random.oneIn(4) { writeBack(page) } else { dropped.insert(page) }
        }
        dirty = []
        failedSynchronizationRun = run
        if random.oneIn(2) { evictDropped(&random) }
    }

    /// The kernel writes a page when it likes, in any order.
    mutating func writeBackSomePage(_ random: inout SeededGenerator) {
        guard !dirty.isEmpty else { return }
        let page = random.pick(dirty.sorted())
        writeBack(page)
        dirty.remove(page)
    }

    /// The cache forgets pages that it believes to be on the disk; the next read gets what really is there.
    mutating func evictDropped(_ random: inout SeededGenerator) {
        for page in dropped.sorted() where random.oneIn(2) {
            for index in range(of: page, size: cached.count) {
                cached[index] = index < durable.count ? durable[index] : 0
            }
            dropped.remove(page)
        }
    }

    /// Leaves what the disk held, and of each page that was still dirty: all, nothing, or a part.
    ///
    /// The size is the durable one, the last one, or any between. Nothing that was synchronized is touched.
    mutating func losePower(_ random: inout SeededGenerator) {
        let sizes = [durable.count, cached.count, random.below(abs(durable.count - cached.count) + 1)]
        let choice = random.below(3)
        let size = choice < 2 ? sizes[choice] : min(durable.count, cached.count) + sizes[2]
        var left = durable
        resize(&left, to: size)
        let mood = random.below(6)
        for page in dirty.sorted() {
            let range = range(of: page, size: min(cached.count, size))
            guard !range.isEmpty else { continue }
            let tear = range.lowerBound + random.below(range.count + 1)
            let fate = mood < 2 ? mood : random.below(4)
            let kept =
                switch fate {
                case 0: range
                case 1: range.lowerBound..<range.lowerBound
                case 2: range.lowerBound..<tear
                default: tear..<range.upperBound
                }
            left.replaceSubrange(kept, with: cached[kept])
        }
        cached = left
        durable = left
        dirty = []
        dropped = []
    }

    /// Changes one bit on the disk and in the cache: a disk that rots.
    mutating func flip(bit: UInt8, at offset: Int) {
        cached[offset] ^= bit
        if offset < durable.count { durable[offset] ^= bit }
    }

    private mutating func markDirty(_ page: Int) {
        dirty.insert(page)
        // Written whole the next time, so what was refused before gets another chance.
        dropped.remove(page)
    }

    private mutating func writeBack(_ page: Int) {
        let range = range(of: page, size: cached.count)
        if durable.count < range.upperBound { resize(&durable, to: range.upperBound) }
        durable.replaceSubrange(range, with: cached[range])
    }

    private func range(of page: Int, size: Int) -> Range<Int> {
        let start = min(page * Self.pageBytes, size)
        return start..<min(start + Self.pageBytes, size)
    }

    private func resize(_ bytes: inout [UInt8], to size: Int) {
        if bytes.count > size {
            bytes.removeSubrange(size...)
        } else {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        }
    }
}
