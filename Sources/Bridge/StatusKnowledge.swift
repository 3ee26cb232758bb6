import Events
import StatusIndex

/// What the index says in one round of answers: many may wait for the same cid, which is read once.
struct StatusKnowledge {
    let readStatus: ReadStatus
    let index: StatusIndexReader
    private var settled: [WaitKey: Bool] = [:]
    private var firstPages: [WaitKey: StatusPage] = [:]

    init(readStatus: ReadStatus, index: StatusIndexReader) {
        self.readStatus = readStatus
        self.index = index
    }

    mutating func isSettled(_ key: WaitKey) throws(BridgeError) -> Bool {
        if let known = settled[key] { return known }
        let found = try readStatus.isSettled(key, index: index)
        settled[key] = found
        return found
    }

    mutating func page(of subject: StatusSubject, _ key: WaitKey) throws(BridgeError) -> StatusPage {
        guard case .correlation(_, after: nil) = subject else {
            return try readStatus.page(of: subject, tenant: key.tenant, index: index)
        }
        if let known = firstPages[key] { return known }
        let found = try readStatus.page(of: subject, tenant: key.tenant, index: index)
        firstPages[key] = found
        return found
    }
}
