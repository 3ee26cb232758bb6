import CLinux
import DurableIO
import Glibc
import Threading

/// One thread that waits for all running services: for what they write, for their ends and for their deadlines.
final class ProcessWatch: Sendable {
    private enum Message {
        case begin(SupervisedProcess, process: pid_t, descriptor: Int32)
        /// All get SIGTERM, and SIGKILL when their grace is over.
        case stopAll
        case killAll
        case end
    }

    private struct State {
        var messages: [Message] = []
        var thread: WorkerThread?
    }

    private let epoll: Descriptor
    private let wake: Descriptor
    private let state = Monitor(State())

    /// What an epoll event is about: the number of the process's place times four, plus one of these.
    private enum Kind: UInt64 {
        case process, output, errors
    }

    private static let wakeToken = UInt64.max

    init() throws(RunnerError) {
        epoll = Descriptor(fx_epoll_create())
        wake = Descriptor(fx_event_descriptor())
        guard epoll.number >= 0, wake.number >= 0,
            fx_epoll_add(epoll.number, wake.number, FX_EPOLLIN, Self.wakeToken) == 0
        else { throw .disk(IOError("epoll_create", "", errno: errno)) }
        do {
            let thread = try WorkerThread(name: "fx-watch") { [self] in run() }
            state.withLock { $0.thread = thread }
        } catch {
            throw .thread(error)
        }
    }

    /// Waits until a process has ended; it is not reaped yet then.
    func untilEnd(of supervised: SupervisedProcess, process: pid_t, descriptor: Int32) async -> RunEnd {
        await withCheckedContinuation { continuation in
            supervised.continuation = continuation
            send(.begin(supervised, process: process, descriptor: descriptor))
        }
    }

    func stopAll() { send(.stopAll) }
    func killAll() { send(.killAll) }

    /// Ends the thread; nothing may run any more.
    func end() {
        send(.end)
        let thread = state.withLock { state -> WorkerThread? in
            defer { state.thread = nil }
            return state.thread
        }
        thread?.join()
    }

    private func send(_ message: Message) {
        state.withLock { $0.messages.append(message) }
        fx_event_signal(wake.number)
    }

    private static func nowNanoseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    // MARK: - The thread

    private func run() {
        var processes: [UInt64: SupervisedProcess] = [:]
        var nextPlace: UInt64 = 0
        while true {
            var events: UInt32 = 0
            var token: UInt64 = 0
            let timeout = milliseconds(to: processes.values.compactMap(\.deadlineNanoseconds).min())
            let count = unsafe fx_epoll_wait_one(epoll.number, timeout, &events, &token)
            let now = Self.nowNanoseconds()
            if count == 1, token == Self.wakeToken {
                guard takeMessages(&processes, &nextPlace, now: now) else { return }
            } else if count == 1, let process = processes[token >> 2] {
                if handle(Kind(rawValue: token & 3), of: process, now: now) { processes[token >> 2] = nil }
            }
            for process in processes.values { process.meetDeadline(nowNanoseconds: now) }
        }
    }

    /// At least a millisecond, or a deadline less than that away would be waited for in a circle.
    private func milliseconds(to deadline: Int64?) -> Int32 {
        guard let deadline else { return -1 }
        let rest = (deadline - Self.nowNanoseconds() + 999_999) / 1_000_000
        return Int32(min(max(rest, 0), 60_000))
    }

    /// False when it is time to end.
    private func takeMessages(
        _ processes: inout [UInt64: SupervisedProcess], _ nextPlace: inout UInt64, now: Int64
    ) -> Bool {
        var counter = [UInt8](repeating: 0, count: 8)
        _ = unsafe read(wake.number, &counter, 8)
        let messages = state.withLock { state -> [Message] in
            defer { state.messages = [] }
            return state.messages
        }
        for message in messages {
            switch message {
            case .begin(let supervised, let process, let descriptor):
                supervised.begin(process: process, descriptor: descriptor, nowNanoseconds: now)
                let place = nextPlace
                nextPlace += 1
                if add(supervised, at: place) {
                    processes[place] = supervised
                } else {
                    // Nobody would hear of its end: it may not run.
                    supervised.kill()
                    supervised.end(nowNanoseconds: now)
                }
            case .stopAll: for process in processes.values { process.stop(.stop, nowNanoseconds: now) }
            case .killAll: for process in processes.values { process.kill() }
            case .end: return false
            }
        }
        return true
    }

    private func add(_ process: SupervisedProcess, at place: UInt64) -> Bool {
        let wanted: [(Int32, Kind)] = [
            (process.outputDescriptor, .output), (process.errorsDescriptor, .errors),
            (process.processDescriptor, .process),
        ]
        return wanted.allSatisfy { descriptor, kind in
            fx_epoll_add(epoll.number, descriptor, FX_EPOLLIN, place << 2 | kind.rawValue) == 0
        }
    }

    /// True when the process has ended.
    private func handle(_ kind: Kind?, of process: SupervisedProcess, now: Int64) -> Bool {
        switch kind {
        case .output: if !process.readOutput() { fx_epoll_remove(epoll.number, process.outputDescriptor) }
        case .errors: if !process.readErrors() { fx_epoll_remove(epoll.number, process.errorsDescriptor) }
        case .process:
            fx_epoll_remove(epoll.number, process.processDescriptor)
            process.end(nowNanoseconds: now)
            return true
        case nil: break
        }
        return false
    }
}
