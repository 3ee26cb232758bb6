import Bridge
import Credentials
import DurableIO
import FastCGI
import Glibc
import Logging
import OperatorLog
import Settings
import Spool
import StatusIndex
import Supervision
import Threading

extension Responder {
    /// Waits for signals and for hints that files changed, until it is time to stop.
    func serve(
        _ layout: SpoolLayout, _ credentials: CredentialFollower, _ indexer: StatusIndexer, _ room: WaitingRoom,
        _ live: LiveSettings, _ bridge: EventBridge, _ replays: ReplayEvents
    ) {
        let credentialsDirectory = LinuxDisk.parent(of: settings.credentials.file)
        if !signals.watch(credentialsDirectory) {
            logger.warning(
                "changes of the credentials are seen with the next request only",
                metadata: ["directory": "\(credentialsDirectory)"])
        }
        watchExecutionLogs(layout)
        while true {
            switch signals.next() {
            case .change:
                credentials.reload()
                watchExecutionLogs(layout)
                indexer.poke(isUrgent: room.count > 0)
                bridge.refusedRequests?.poke()
                replays.poke()
            case .signal(SIGHUP):
                notifier.reloading()
                live.readAgain()
                credentials.reload()
                notifier.ready(Self.readyStatus)
            case .signal(SIGUSR1): log.reopen()
            case .signal(let number):
                logger.notice("stopping", metadata: ["signal": "\(number)"])
                return
            case .woken: break
            }
        }
    }

    static let readyStatus = "Accepting events."

    /// Answers what has come and closes the socket: first `process.drain_delay` in which readiness says no, then
    /// `process.drain_timeout` for requests under way. A second signal to stop ends both waits; what was accepted is made
    /// durable all the same.
    ///
    /// - Parameter beforeClosing: what lets requests end that wait for something else than the disk.
    /// - Returns: false if some connections were still busy at the end.
    func drain(
        _ server: FastCGIServer, _ process: BridgeSettings.Process, beforeClosing: () -> Void
    ) -> Bool {
        isDraining.set()
        notifier.stopping("Stopping: requests under way are answered.")
        let end = ContinuousClock.now.advanced(by: process.drainDelay)
        while case let rest = ContinuousClock.now.duration(to: end), rest > .zero {
            // Rounded up, or the last millisecond would be a loop.
            guard let event = signals.next(milliseconds: rest.milliseconds + 1) else { break }
            if isStop(event) {
                server.hasten()
                break
            }
        }
        beforeClosing()
        let isEmpty = Monitor(false)
        let wake = signals.wake
        let drainer: WorkerThread
        do {
            drainer = try WorkerThread(name: "fx-drain") {
                let result = server.drain(milliseconds: process.drainTimeout.milliseconds)
                isEmpty.withLock { $0 = result }
                wake()
            }
        } catch {
            logger.warning("a second signal will not hasten the end", metadata: ["because": "\(error)"])
            return server.drain(milliseconds: process.drainTimeout.milliseconds)
        }
        waiting: while true {
            switch signals.next() {
            case .woken: break waiting
            case .signal(SIGTERM), .signal(SIGINT):
                logger.notice("stopping at once: a second signal has come")
                server.hasten()
            case .signal(SIGUSR1): log.reopen()
            case .signal, .change: continue
            }
        }
        drainer.join()
        return isEmpty.withLock { $0 }
    }

    private func isStop(_ event: SignalWatch.Event) -> Bool {
        switch event {
        case .signal(SIGTERM), .signal(SIGINT): true
        case .signal, .change, .woken: false
        }
    }

    /// Watching a directory twice is the same as once, so new ones need no list. The bridge's own log pokes by itself.
    private func watchExecutionLogs(_ layout: SpoolLayout) {
        guard signals.watch(layout.executions), let writers = try? disk.names(in: layout.executions) else { return }
        for writer in writers where writer != Self.reportWriterName {
            _ = signals.watch(layout.executions(writer: writer))
        }
    }
}
