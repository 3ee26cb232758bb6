import DurableIO
import Events
import FastCGI
import Metrics
import Settings
import Spool
import StatusIndex

extension Responder {
    /// Registers what is looked up when a scraper asks: each look costs some system calls, and nothing in between.
    func registerGauges(_ layout: SpoolLayout, writer: LogWriter, recent: RecentEvents, server: FastCGIServer) {
        metrics.gauge("fx_bridge_connections", help: "Connections of nginx that are open, idle ones included.") {
            server.connectionsCount
        }
        metrics.gauge("fx_bridge_next_sequence", help: "The sequence number that the next event gets.") {
            Int(clamping: writer.position.nextSequence)
        }
        metrics.gauge("fx_bridge_index_lag_events", help: "Events on disk that the index does not have yet.") {
            let next = writer.position.nextSequence
            let indexed = recent.indexedBefore
            return indexed < next ? Int(clamping: next - max(indexed, 1)) : 0
        }
        metrics.collect([
            .gauge("fx_bridge_build_info", help: "1, with the version that runs.", labels: ["version"])
        ]) { [[MetricSample(1, ProductVersion.text)]] }
        registerSpoolGauges(layout)
        registerConsumerGauges(layout, writer)
        registerProcessGauges()
    }

    private func registerSpoolGauges(_ layout: SpoolLayout) {
        let disk = disk
        let reserve = settings.spool.freeBytesReserve
        metrics.collect([
            .gauge("fx_bridge_spool_bytes", unit: .bytes, help: "What a log takes on disk.", labels: ["log"]),
            .gauge("fx_bridge_spool_segments", help: "Files of a log.", labels: ["log"]),
        ]) {
            var logs = [("events", layout.events)]
            for writer in (try? layout.executionWriters(disk: disk)) ?? [] {
                logs.append(("executions/" + writer, layout.executions(writer: writer)))
            }
            var samples: [[MetricSample]] = [[], []]
            for (name, directory) in logs {
                // A log that cannot be read now has no value; readiness and the operator's log say why.
                guard let size = try? LogSize(directory: directory, disk: disk) else { continue }
                samples[0].append(MetricSample(size.bytes, name))
                samples[1].append(MetricSample(size.segmentsCount, name))
            }
            return samples
        }
        metrics.collect([
            .gauge("fx_bridge_spool_free_bytes", unit: .bytes, help: "What may still be written to the spool's disk."),
            .gauge("fx_bridge_spool_disk_bytes", unit: .bytes, help: "The size of the spool's disk."),
            .gauge(
                "fx_bridge_spool_reserve_bytes", unit: .bytes, help: "Free space below which no event is accepted."),
        ]) {
            guard let facts = try? disk.fileSystem(at: layout.root) else { return [[], [], [MetricSample(reserve)]] }
            return [[MetricSample(facts.availableBytes)], [MetricSample(facts.totalBytes)], [MetricSample(reserve)]]
        }
    }

    private func registerConsumerGauges(_ layout: SpoolLayout, _ writer: LogWriter) {
        let disk = disk
        metrics.collect([
            .gauge(
                "fx_bridge_consumer_lag_events", help: "Events that a consumer has not passed.", labels: ["consumer"]),
            .gauge(
                "fx_bridge_consumer_lag_bytes", unit: .bytes,
                help: "Bytes that a consumer has not passed, to the commit.",
                labels: ["consumer"]),
            .gauge(
                "fx_bridge_consumer_lag_seconds", unit: .seconds,
                help: "How long the oldest event that a consumer has not passed has been on disk.", labels: ["consumer"]
            ),
            .gauge("fx_bridge_consumers_broken", help: "Cursor files that tell nothing: nothing is trimmed meanwhile."),
        ]) {
            guard let all = try? CursorStore(layout: layout, disk: disk).all() else { return [] }
            var samples: [[MetricSample]] = [[], [], [], [MetricSample(all.broken.count)]]
            let now = Self.now()
            for cursor in all.cursors {
                let directory = layout.root + "/" + cursor.log
                let end = cursor.log == "events" ? writer.position.nextSequence : nil
                guard let distance = try? LogDistance(directory: directory, from: cursor.next, end: end, disk: disk)
                else { continue }
                let name = cursor.consumer.text
                samples[0].append(MetricSample(distance.events, name))
                samples[1].append(MetricSample(distance.bytes, name))
                guard distance.events > 0 else {
                    samples[2].append(MetricSample(0, name))
                    continue
                }
                if let recorded = Self.recordedTime(distance.firstLine) {
                    samples[2].append(MetricSample(Double(max(0, now - recorded.microseconds)) / 1e6, name))
                }
            }
            return samples
        }
    }

    private static func recordedTime(_ line: [UInt8]?) -> Timestamp? {
        guard let line else { return nil }
        return EventEnvelope(line: line, in: 0..<line.count)?.recordedTime
            ?? (try? RecordedEvent(line: line))?.recordedTime ?? (try? RecordedExecution(line: line))?.recordedTime
    }

    private func registerProcessGauges() {
        let start = Double(Self.now()) / 1e6
        metrics.collect([
            .gauge("process_start_time_seconds", unit: .seconds, help: "When the process started, since 1970."),
            .counter("process_cpu_seconds", unit: .seconds, help: "Processor time, in user and kernel mode."),
            .gauge("process_resident_memory_bytes", unit: .bytes, help: "Memory that is in use."),
            .gauge("process_open_fds", help: "Open file descriptors."),
        ]) {
            let usage = ProcessUsage.current
            return [
                [MetricSample(start)], [MetricSample(usage.cpuSeconds)],
                usage.residentBytes.map { [MetricSample($0)] } ?? [],
                usage.openDescriptors.map { [MetricSample($0)] } ?? [],
            ]
        }
    }
}
