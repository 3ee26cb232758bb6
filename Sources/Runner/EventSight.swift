/// How the engine hears of events.
enum EventSight {
    /// By the kernel's hints.
    case watching
    /// There are none yet; a hint tells when their directory comes.
    case waiting
    /// By looking again and again: the kernel gives no hints.
    case blind
}
