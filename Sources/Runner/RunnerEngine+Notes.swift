import DurableIO
import Events
import Glibc
import Logging
import Spool

// MARK: - Starting over, and what is written down on the way

extension RunnerEngine {
    /// Makes the scratch root, ends what a killed runner has left running, and removes what that had there.
    func prepareScratch() throws(RunnerError) {
        let root = options.scratchRoot
        // Services of other users must be able to reach their own directories, and need not see the others'.
        if unsafe mkdir(root, 0o711) != 0, errno != EEXIST { throw .disk(IOError("mkdir", root, errno: errno)) }
        // Whatever the umask is.
        guard unsafe chmod(root, 0o711) == 0 else { throw .disk(IOError("chmod", root, errno: errno)) }
        let killed = OrphanSweep(scratchRoot: root).run()
        if killed > 0 {
            logger.warning("processes of a runner that was killed were ended", metadata: ["processes": "\(killed)"])
        }
        do {
            for id in try ScratchDirectory.leftovers(in: root) { try ScratchDirectory.remove(id, in: root) }
        } catch {
            logger.warning("a scratch directory could not be removed", metadata: ["because": "\(error)"])
        }
    }

    /// Takes up what an earlier runner has not finished.
    func restore(_ recovery: JournalRecovery) {
        for finding in recovery.findings {
            logger.error("a place in the runner's log had to be skipped", metadata: ["what": "\(finding)"])
        }
        for unfinished in recovery.unfinished {
            var execution = unfinished.execution
            guard unfinished.wasRunning else {
                if unfinished.wasTouched { dispatcher.addRetry(execution) } else { dispatcher.add(execution) }
                continue
            }
            let policy = catalog[execution.service]?.lost
            execution.lostRuns += 1
            logger.warning(
                "an execution was lost with the runner that ran it",
                metadata: [
                    "execution_id": "\(execution.id)", "service": "\(execution.service)",
                    "runs_again": "\(policy == .rerun && execution.lostRuns <= RunLimits.lostRuns)",
                ])
            if policy == .fail || execution.lostRuns > RunLimits.lostRuns {
                inFlight[execution.id] = ExecutionInFlight(execution: execution)
                finish(execution, ExecutionOutcome(.failed, error: "lost"))
            } else {
                dispatcher.addRetry(execution)
            }
        }
    }

    /// What the cursors may say.
    private func oldest(position: LogPosition) -> (event: UInt64, log: UInt64) {
        var event = feed.nextSequence
        var log = position.nextSequence
        if let waiting = dispatcher.oldest {
            event = min(event, waiting.event)
            log = min(log, waiting.log)
        }
        for flight in inFlight.values {
            event = min(event, flight.execution.eventSequence)
            log = min(log, flight.execution.logSequence)
        }
        for execution in announcing { event = min(event, execution.eventSequence) }
        return (event, log)
    }

    /// Writes cursors and status, if something has happened and it is time.
    ///
    /// - Parameter position: of the runner's log, as it was before the mailbox was emptied.
    func note(position: LogPosition, now: Int64) {
        guard hasChanged, now >= nextNoteMilliseconds else { return }
        hasChanged = false
        nextNoteMilliseconds = nowMilliseconds + Self.noteMilliseconds
        let oldest = oldest(position: position)
        do { try cursors.advance(event: oldest.event, log: oldest.log) } catch {
            logger.error("the runner's cursors cannot be written; trying again", metadata: ["because": "\(error)"])
            hasChanged = true
        }
        let status = status(oldest.event)
        guard let path = options.statusPath, status != writtenStatus else { return }
        writtenStatus = status
        do throws(IOError) { try replaceFile(path, with: status.json(process: getpid(), time: self.now)) } catch {
            logger.warning("the status file cannot be written", metadata: ["because": "\(error)"])
        }
    }

    private func status(_ oldestEvent: UInt64) -> RunnerStatus {
        var status = RunnerStatus()
        status.nextEvent = feed.nextSequence
        status.oldestEvent = oldestEvent
        status.running = dispatcher.runningCount
        status.waiting = dispatcher.waitingCount
        status.unwritten = unwritten.count
        var lines = counts
        for (name, lane) in dispatcher.lanes {
            var line = lines[name] ?? RunnerStatus.ServiceLine(service: name)
            line.running = lane.runningCount
            line.waiting = lane.waitingCount
            lines[name] = line
        }
        status.services = lines.values.sorted { $0.service < $1.service }
        return status
    }

    /// Not synchronized: it says what is, and that is nothing after a power cut.
    private func replaceFile(_ path: String, with bytes: [UInt8]) throws(IOError) {
        let draft = path + ".new"
        let file = Descriptor(unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644))
        guard file.number >= 0 else { throw IOError("open", draft, errno: errno) }
        try file.write(bytes, path: draft)
        try disk.rename(draft, to: path)
    }
}
