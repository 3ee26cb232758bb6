import Events
import Logging
import Spool

// MARK: - From announced executions to their ends

extension RunnerEngine {
    /// Gives places to executions while there are any.
    func launch(_ now: Int64) {
        while unwritten.isEmpty, unacknowledgedCount < options.limits.unwrittenRecords,
            let turn = dispatcher.next(nowMilliseconds: now)
        {
            switch turn {
            case .orphaned(let execution):
                dispatcher.end(of: execution.service)
                inFlight[execution.id] = ExecutionInFlight(execution: execution)
                finish(execution, ExecutionOutcome(.skipped, error: "service-removed"))
            case .run(let execution, let service): begin(execution, service)
            }
        }
    }

    private func begin(_ execution: PendingExecution, _ service: Service) {
        var found = execution.event
        if found == nil {
            do { found = try lookup.line(of: execution.eventSequence, for: service.name) } catch {
                logger.error("an event cannot be read; trying again", metadata: ["because": "\(error)"])
                dispatcher.end(of: service.name)
                var later = execution
                later.dueMilliseconds = nowMilliseconds + Self.rewriteMilliseconds
                dispatcher.addRetry(later)
                return
            }
        }
        inFlight[execution.id] = ExecutionInFlight(execution: execution)
        guard let line = found, let event = try? RecordedEvent(line: line) else {
            dispatcher.end(of: service.name)
            finish(execution, ExecutionOutcome(.failed, error: "event-lost"))
            return
        }
        // An execution that has begun in time may finish its retries.
        let ageMilliseconds = nowMilliseconds - event.recordedTime.milliseconds
        if execution.failedRuns == 0, ageMilliseconds > service.expires.milliseconds {
            dispatcher.end(of: service.name)
            finish(execution, ExecutionOutcome(.skipped, error: "expired"))
            return
        }
        let job = ServiceJob(
            id: execution.id, service: service, event: event, line: line, attempt: execution.failedRuns + 1)
        inFlight[execution.id]?.job = job
        write(execution, .started, .inProgress, data: note(of: execution, attempt: job.attempt).data)
    }

    private func note(of execution: PendingExecution, attempt: Int) -> ExecutionNote {
        var note = ExecutionNote(eventSequence: execution.eventSequence)
        note.logSequence = execution.logSequence
        note.attempt = attempt
        note.lostRuns = execution.lostRuns
        return note
    }

    /// A run has ended: its end is reported, or it will be tried again.
    func take(_ end: RunEnd, of id: ExecutionID) {
        guard var flight = inFlight[id], let job = flight.job else {
            preconditionFailure("a run has ended that was not begun")
        }
        dispatcher.end(of: job.service.name)
        var execution = flight.execution
        let outcome = ExecutionOutcome(end)
        log(end, outcome, of: job)
        var delay: Int64?
        if end.cause == .stop {
            // Not the service's fault: it runs again at the next start, if it may.
            delay = job.service.lost == .rerun ? 0 : nil
        } else if outcome.status == .failed {
            execution.failedRuns += 1
            delay = job.service.retries.delayMilliseconds(
                after: execution.failedRuns, chance: Double.random(in: 0..<1))
        }
        execution.event = nil
        flight.execution = execution
        guard let delay else {
            inFlight[id] = flight
            finish(execution, outcome, nanoseconds: end.nanoseconds)
            return
        }
        let retryAt = Timestamp(microseconds: nowMicroseconds() + delay * 1000)
        flight.execution.dueMilliseconds = retryAt.milliseconds
        inFlight[id] = flight
        var note = note(of: execution, attempt: execution.failedRuns)
        note.retryAt = retryAt
        note.failure = outcome.failure
        write(execution, .failedRun, .inProgress, data: note.data)
    }

    private func log(_ end: RunEnd, _ outcome: ExecutionOutcome, of job: ServiceJob) {
        logger.log(
            level: outcome.status == .failed ? .warning : .info, "a service has run",
            metadata: [
                "execution_id": "\(job.id)", "service": "\(job.service.name)", "cid": "\(job.event.cid.text)",
                "status": "\(outcome.status.rawValue)", "attempt": "\(job.attempt)",
                "milliseconds": "\(end.nanoseconds / 1_000_000)",
                "how": "\(String(decoding: outcome.failure, as: UTF8.self))",
            ])
    }

    /// Reports an execution's end.
    func finish(_ execution: PendingExecution, _ outcome: ExecutionOutcome, nanoseconds: Int64? = nil) {
        var line = counts[execution.service] ?? RunnerStatus.ServiceLine(service: execution.service)
        switch outcome.status {
        case .completed: line.completed += 1
        case .failed: line.failed += 1
        case .skipped, .pending, .inProgress: line.skipped += 1
        }
        counts[execution.service] = line
        write(
            execution, .ended, outcome.status, data: outcome.data,
            executionTime: nanoseconds.map { Self.seconds(nanoseconds: $0) })
    }

    /// `0.012345`: microseconds are what anybody can tell apart.
    private static func seconds(nanoseconds: Int64) -> String {
        let microseconds = nanoseconds / 1000
        let fraction = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
    }

    // MARK: - The runner's log

    /// Puts one record on its way to the disk.
    func write(
        _ execution: PendingExecution, _ step: ExecutionJournal.Step, _ status: ExecutionStatus, data: [UInt8],
        executionTime: String? = nil
    ) {
        let record = record(of: execution, status, data: data, executionTime: executionTime)
        submit(ExecutionJournal.Entry(step: step, records: [record]))
    }

    func record(
        of execution: PendingExecution, _ status: ExecutionStatus, data: [UInt8], executionTime: String? = nil
    ) -> ExecutionJournal.Record {
        let time = now
        let report = ExecutionReport(
            cid: execution.cid, executionID: execution.id.text, service: execution.service, status: status,
            datetime: time, executionTime: executionTime, data: data)
        return ExecutionJournal.Record(
            id: execution.id, report: report, tenant: execution.tenant, recordedTime: time)
    }

    func submit(_ entry: ExecutionJournal.Entry) {
        unacknowledgedCount += 1
        journal.submit(entry)
    }

    /// Hands over again what the disk has refused.
    func writeAgain(_ now: Int64) {
        guard !unwritten.isEmpty, now >= nextWriteMilliseconds else { return }
        let entries = unwritten
        unwritten = []
        for entry in entries { submit(entry) }
    }

    func take(_ acknowledgement: ExecutionJournal.Acknowledgement) {
        unacknowledgedCount -= 1
        let entry = acknowledgement.entry
        switch acknowledgement.result {
        case .failure(let error):
            if unwritten.isEmpty {
                logger.error(
                    "the runner's log cannot be written; nothing is begun until it can",
                    metadata: ["because": "\(error)"])
            }
            unwritten.append(entry)
            nextWriteMilliseconds = nowMilliseconds + Self.rewriteMilliseconds
        case .success(let sequence): go(on: entry, at: sequence)
        }
    }

    private func go(on entry: ExecutionJournal.Entry, at sequence: UInt64) {
        switch entry.step {
        case .announced:
            let executions = announcing
            announcing = []
            // Theirs are the last places up to this one.
            var place = sequence - UInt64(executions.count) + 1
            for var execution in executions {
                execution.logSequence = place
                place += 1
                dispatcher.add(execution)
            }
        case .started:
            guard let job = inFlight[entry.records[0].id]?.job else { return }
            guard stopMilliseconds == nil else {
                return take(RunEnd(.notStarted("stopping"), cause: .stop), of: job.id)
            }
            let (launcher, mailbox) = (launcher, mailbox)
            Task.detached { mailbox.post(.ended(job.id, await launcher(job))) }
        case .failedRun:
            guard let flight = inFlight.removeValue(forKey: entry.records[0].id) else { return }
            dispatcher.addRetry(flight.execution)
        case .ended: inFlight[entry.records[0].id] = nil
        }
    }
}
