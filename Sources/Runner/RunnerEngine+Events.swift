import DurableIO
import Events
import Logging
import Spool

// MARK: - From events to announced executions

extension RunnerEngine {
    /// Looks at the events that have come and announces what they trigger, until a round is over.
    func readEvents() {
        hasMoreEvents = false
        guard announcing.isEmpty, unwritten.isEmpty else { return }
        if sight != .watching { lookForEvents() }
        var records: [ExecutionJournal.Record] = []
        hasMoreEvents = readRound(&records)
        if !records.isEmpty { submit(ExecutionJournal.Entry(step: .announced, records: records)) }
    }

    /// Watches the events. Before the bridge's first start there is no directory of them: then the nearest one above it is
    /// watched, in which it or the next one on the way to it will be made.
    private func lookForEvents() {
        let directory = options.layout.events
        do {
            let hints = try DirectoryWatch()
            var watched: String
            repeat {
                watched = nearestDirectory(to: directory)
                try hints.add(watched)
                // Made between the look and the watch, it would never be heard of.
            } while nearestDirectory(to: directory) != watched
            eventHints = hints
            let before = sight
            sight = watched == directory ? .watching : .waiting
            if sight == .waiting, before == .blind {
                logger.notice("waiting for the spool's first event", metadata: ["directory": "\(directory)"])
            }
        } catch {
            if !hasToldBlindness {
                logger.warning(
                    "events are looked for every \(Self.blindPollMilliseconds) ms for now",
                    metadata: ["because": "\(error)"])
            }
            hasToldBlindness = true
            sight = .blind
        }
    }

    private func nearestDirectory(to directory: String) -> String {
        var directory = directory
        while directory != "/", (try? disk.names(in: directory)) == nil { directory = LinuxDisk.parent(of: directory) }
        return directory
    }

    /// True when there may be more.
    private func readRound(_ records: inout [ExecutionJournal.Record]) -> Bool {
        for _ in 0..<Self.readsPerRound {
            let step: LogReader.Step
            do { step = try feed.next() } catch {
                logger.error("the events cannot be read; trying again", metadata: ["because": "\(error)"])
                sight = .blind
                return false
            }
            switch step {
            case .end: return false
            case .damaged(let range):
                logger.error("an event is damaged and runs nothing", metadata: ["what": "\(range)"])
            case .missing(let sequences):
                logger.warning("events are missing", metadata: ["sequences": "\(sequences)"])
            case .record(let sequence, let range): announce(Array(feed.buffer[range]), sequence, &records)
            }
            hasChanged = true
            guard records.count < Self.announcementsPerRound else { return true }
        }
        return true
    }

    private func announce(_ line: [UInt8], _ sequence: UInt64, _ records: inout [ExecutionJournal.Record]) {
        let event: RecordedEvent
        do { event = try RecordedEvent(line: line) } catch {
            logger.error(
                "a record of the spool is no event and runs nothing",
                metadata: ["sequence": "\(sequence)", "because": "\(error.message)"])
            return
        }
        for service in catalog.matching(event, in: line) {
            let execution = PendingExecution(
                id: ExecutionID(event: event, service: service.name), service: service.name, tenant: event.tenant,
                cid: event.cid, eventSequence: sequence, event: line)
            announcing.append(execution)
            records.append(record(of: execution, .pending, data: ExecutionNote(eventSequence: sequence).data))
        }
    }

    /// Reads announcements that wait on the log into lanes that have room.
    func refill() {
        while let (service, spill, count) = dispatcher.refill {
            let reader = LogReader(directory: journal.directory, disk: disk, from: spill.first)
            var executions: [PendingExecution] = []
            var next: (log: UInt64, event: UInt64)?
            do {
                reading: while next == nil {
                    switch try reader.next(limit: journal.position) {
                    case .end: break reading
                    case .damaged, .missing: continue
                    case .record(let sequence, let range):
                        guard sequence <= spill.last else { break reading }
                        guard let execution = announcement(reader.buffer, range, of: service) else { continue }
                        if executions.count < count {
                            executions.append(execution)
                        } else {
                            next = (sequence, execution.eventSequence)
                        }
                    }
                }
            } catch {
                logger.error("the runner's log cannot be read; trying again", metadata: ["because": "\(error)"])
                return
            }
            dispatcher.refill(service, with: executions, next: next)
        }
    }

    private func announcement(_ bytes: [UInt8], _ range: Range<Int>, of service: String) -> PendingExecution? {
        guard let record = try? RecordedExecution(line: bytes, in: range), record.status == .pending,
            record.service == service, let id = ExecutionID(record.executionID),
            let note = ExecutionNote(record.data, in: bytes)
        else { return nil }
        return PendingExecution(
            id: id, service: service, tenant: record.tenant, cid: record.cid, eventSequence: note.eventSequence,
            logSequence: record.sequence)
    }

    /// Reads services.yaml; a broken one changes nothing.
    func readServices() {
        let read: ServiceCatalog
        do { read = try ServicesFile.read(options.servicesPath) } catch {
            if lastServicesError != error {
                logger.error(
                    "the services cannot be read; those known before stay in force", metadata: ["because": "\(error)"])
            }
            lastServicesError = error
            return
        }
        let isMended = lastServicesError != nil
        lastServicesError = nil
        guard read != catalog else {
            if isMended { logger.notice("the services can be read again and are as before") }
            return
        }
        catalog = read
        hasChanged = true
        dispatcher.replaceServices(read)
        logger.notice("the services were read again", metadata: ["services": "\(read.services.count)"])
        for finding in read.findings() { logger.error("a service will not run", metadata: ["what": "\(finding)"]) }
    }
}
