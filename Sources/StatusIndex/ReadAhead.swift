import DurableIO
import Spool
import Threading

/// Reads logs to their ends on a thread of its own, a few batches of rows ahead of whoever brings them into an index.
///
/// Reading and checking a record takes as long as inserting its row, and neither needs the other's processor.
final class ReadAhead: Sendable {
    enum Step: Sendable {
        case rows(IndexedLog.Rows, of: IndexedLog)
        /// A log cannot be read; nothing comes behind this.
        case failed(SpoolError, IndexedLog)
        case end
    }

    /// Steps that wait to be taken. Another one may be being made, and one be with the taker: of each at most
    /// ``IndexedLog/batchBytesLimit`` and a line are in memory.
    static let waitingLimit = 4
    private static let rowsPerBatch = 4096

    private struct Queue {
        var steps: [Step] = []
        var isStopping = false
    }

    private let queue = Monitor(Queue())
    private let thread = ThreadSlot()

    /// - Parameter upTo: where to stop in each log, by its name; nil for the end.
    /// - Throws: ``ThreadError`` when the machine refuses the thread.
    init(_ logs: [IndexedLog], disk: any Disk, upTo: [String: UInt64]?) throws(ThreadError) {
        try thread.start(name: "fx-read-ahead") { [queue] in
            for log in logs {
                guard Self.read(log, disk: disk, upTo: upTo, into: queue) else { return }
            }
            _ = Self.put(.end, into: queue)
        }
    }

    /// The next step, as soon as there is one. Not to be asked again after ``Step/end`` or a failure.
    func next() -> Step {
        let (step, wasFull) = queue.wait { queue in
            queue.steps.isEmpty ? nil : (queue.steps.removeFirst(), queue.steps.count == Self.waitingLimit - 1)
        }
        // Only a full queue has somebody waiting for room.
        if wasFull { queue.update { _ in .one } }
        return step
    }

    /// Ends the thread, whatever is left to read.
    func stop() {
        queue.update { queue in
            queue.isStopping = true
            return .all
        }
        thread.join()
    }

    /// How many steps wait to be taken.
    var waitingCount: Int { queue.withLock { $0.steps.count } }

    /// - Returns: false where reading is over, for whatever reason.
    private static func read(
        _ log: IndexedLog, disk: any Disk, upTo: [String: UInt64]?, into queue: Monitor<Queue>
    ) -> Bool {
        let limit = upTo.map { LogPosition(segment: 0, offset: 0, nextSequence: $0[log.name] ?? 0) }
        do throws(SpoolError) {
            let reader = try log.readerOfAll(disk: disk)
            while true {
                let rows = try log.readRows(reader, limit: rowsPerBatch, position: limit)
                guard put(.rows(rows, of: log), into: queue) else { return false }
                if rows.isEnd { return true }
            }
        } catch {
            _ = put(.failed(error, log), into: queue)
            return false
        }
    }

    /// Waits for room; false when it is time to stop.
    private static func put(_ step: Step, into queue: Monitor<Queue>) -> Bool {
        let isTaken = queue.wait { queue -> Bool? in
            if queue.isStopping { return false }
            guard queue.steps.count < waitingLimit else { return nil }
            queue.steps.append(step)
            return true
        }
        queue.update { _ in .one }
        return isTaken
    }
}
