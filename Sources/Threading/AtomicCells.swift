import Glibc
import Synchronization

/// A fixed number of counters that threads add to without a lock.
///
/// Each is kept several times, in stripes on cache lines of their own, and a thread adds to one stripe only: an addition
/// costs about 5 ns whatever the other processors do. Reading sums the stripes up, so that a reader sees every addition
/// that happened before, and perhaps some that happen meanwhile.
@safe
package final class AtomicCells: Sendable {
    // Allocated in init, freed in deinit, and in between reached by atomic operations only.
    private nonisolated(unsafe) let cells: UnsafeMutablePointer<Atomic<UInt64>>
    package let count: Int
    private let strideCells: Int

    /// A power of two, and more than this product has busy threads on a small machine.
    private static let stripesCount = 8
    /// Two lines: processors fetch them in pairs.
    private static let alignmentCells = 128 / MemoryLayout<Atomic<UInt64>>.stride

    package init(count: Int) {
        precondition(count > 0, "there is nothing to count")
        self.count = count
        strideCells = (count + Self.alignmentCells - 1) / Self.alignmentCells * Self.alignmentCells
        unsafe cells = .allocate(capacity: strideCells * Self.stripesCount)
        for index in 0..<strideCells * Self.stripesCount { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe cells.deinitialize(count: strideCells * Self.stripesCount)
        unsafe cells.deallocate()
    }

    /// Adds to a counter; it wraps at 2^64.
    package func add(_ amount: UInt64, at index: Int) {
        precondition(index >= 0 && index < count)
        unsafe cells[Self.stripe * strideCells + index].wrappingAdd(amount, ordering: .relaxed)
    }

    package func value(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < count)
        var sum: UInt64 = 0
        for stripe in 0..<Self.stripesCount {
            unsafe sum &+= cells[stripe * strideCells + index].load(ordering: .relaxed)
        }
        return sum
    }

    /// The calling thread's stripe. Stacks of threads that were made one after the other lie a page more than a power of
    /// two apart, and `pthread_self(3)` lies at their ends: its page numbers differ in the low bits.
    private static var stripe: Int { Int(truncatingIfNeeded: pthread_self() >> 12) & (stripesCount - 1) }
}
