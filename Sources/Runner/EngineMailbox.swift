import CLinux
import DurableIO
import Glibc
import Threading

/// What other threads tell the engine's, and the descriptor that wakes it.
final class EngineMailbox: Sendable {
    enum Message: Sendable {
        case acknowledged(ExecutionJournal.Acknowledgement)
        case ended(ExecutionID, RunEnd)
        /// Read services.yaml again, and take over what else has changed; `done` is called then.
        case reload(drainMilliseconds: Int64?, done: @Sendable () -> Void)
        case stop
    }

    private let messages = Monitor<[Message]>([])
    private let wake: Descriptor

    init() throws(RunnerError) {
        wake = Descriptor(fx_event_descriptor())
        guard wake.number >= 0 else { throw .disk(IOError("eventfd", "", errno: errno)) }
    }

    var descriptor: Int32 { wake.number }

    func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            messages.append(message)
            return messages.count == 1
        }
        if wasEmpty { fx_event_signal(wake.number) }
    }

    func take() -> [Message] {
        let taken = messages.withLock { messages in
            let taken = messages
            messages = []
            return taken
        }
        return taken
    }

    /// Forgets that it was woken. Before ``take()``, so that no message is slept over.
    func acknowledgeWake() {
        var counter = [UInt8](repeating: 0, count: 8)
        _ = unsafe read(wake.number, &counter, 8)
    }
}
