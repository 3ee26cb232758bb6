/// Which of two reports of the same execution stands; a total order, so the last one standing never depends on the
/// order in which reports were read.
///
/// 1. The more advanced stage stands: an execution moves from pending to in progress to its end and never back.
/// 2. Within a stage the report that was accepted earlier stands: the first end of an execution is its end.
/// 3. Reports accepted in the same microsecond: the log's name decides by its bytes, then the place in the log.
///
/// An execution's row is its standing report, its `first_recorded` the smallest time of them all, and `overruled` holds
/// every terminal report but the standing one: each is a function of the set of reports, so replaying them, in any
/// order, any number of times, ends in the same rows.
struct ReportPrecedence {
    var status: Int64
    var recordedMicroseconds: Int64
    /// The log's number in the table `name`.
    var log: Int64
    var sequence: Int64

    /// 0 pending, 1 in progress, 2 terminal.
    var stage: Int64 { min(status, 2) }
    var isTerminal: Bool { stage == 2 }

    func isSameReport(as other: ReportPrecedence) -> Bool {
        log == other.log && sequence == other.sequence && status == other.status
    }

    /// Whether this report stands against `other`, a different one.
    ///
    /// - Parameter isLogBefore: compares the names of two logs; their numbers depend on which one was met first.
    func stands(
        against other: ReportPrecedence, isLogBefore: (Int64, Int64) throws(StatusIndexError) -> Bool
    ) throws(StatusIndexError) -> Bool {
        if stage != other.stage { return stage > other.stage }
        if recordedMicroseconds != other.recordedMicroseconds {
            return recordedMicroseconds < other.recordedMicroseconds
        }
        if log != other.log { return try isLogBefore(log, other.log) }
        if sequence != other.sequence { return sequence < other.sequence }
        return status < other.status
    }
}
