import DurableIO
import Errands

/// The files of kept requests, in one directory for each key.
///
/// ```
/// <root>/<key id>/<id>.request     what came (see KeptRequest), mode 0600 like all here
/// <root>/<key id>/<id>.released    {"status":202,"replayed":false,"answer":{"cid":"…",…}}; the request is gone
/// <root>/<key id>/<id>.refused     {"status":401,"reason":"…"}: why it could not be released; the request is still there
/// <root>/.releases/<key id>.<id>   the operator wants it as an event; the bridge does it and removes the file
/// ```
/// The bridge writes all but the wishes for a release, which `fxctl` writes: so it works whether the bridge runs or not.
/// Requests are not synchronized to the disk, for whoever sends forged ones must not cost that; releases are.
package struct QuarantineDirectory: Sendable {
    /// How many requests are kept of one key.
    package static let requestsLimit = 1000
    /// How many keys' directories are looked at.
    static let keysLimit = 10_000

    package let root: String
    private let disk = LinuxDisk()

    package init(root: String) {
        self.root = root
    }

    /// What lies in a key's directory under an id.
    package enum Kind: String, CaseIterable, Sendable {
        case request, released, refused
    }

    /// One kept request by its names.
    package struct Name: Sendable, Hashable {
        package let keyID: String
        package let id: String

        package init(keyID: String, id: String) {
            self.keyID = keyID
            self.id = id
        }
    }

    package func path(_ name: Name, _ kind: Kind) -> String {
        directory(of: name.keyID) + "/" + name.id + "." + kind.rawValue
    }

    private func directory(of keyID: String) -> String { root + "/" + keyID }

    /// Where the operator's wishes lie; the bridge watches it.
    package var releases: ErrandBox { ErrandBox(directory: root + "/.releases") }

    private static func errand(_ name: Name) -> String { name.keyID + "." + name.id }

    // MARK: Reading

    /// The names of all files of a kind, sorted by key, then by time.
    package func names(_ kind: Kind) throws(QuarantineError) -> [Name] {
        var found: [Name] = []
        for keyID in try keyIDs() { found += try names(kind, ofKey: keyID) }
        return found
    }

    package func names(_ kind: Kind, ofKey keyID: String) throws(QuarantineError) -> [Name] {
        let suffix = "." + kind.rawValue
        return try files(in: directory(of: keyID))
            .filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
            .sorted()
            .map { Name(keyID: keyID, id: String($0.dropLast(suffix.count))) }
    }

    /// What the operator wants to have released, the oldest wish of each key first.
    package func wantedReleases() throws(QuarantineError) -> [Name] {
        try onDisk { () throws(IOError) in try releases.names() }.compactMap { errand in
            let parts = errand.split(separator: ".", maxSplits: 1)
            return parts.count == 2 ? Name(keyID: String(parts[0]), id: String(parts[1])) : nil
        }
    }

    /// The request of that id, whichever key it came to.
    package func find(id: String) throws(QuarantineError) -> Name {
        for keyID in try keyIDs() {
            let files = try files(in: directory(of: keyID))
            let name = Name(keyID: keyID, id: id)
            if files.contains(id + "." + Kind.request.rawValue) { return name }
            if files.contains(id + "." + Kind.released.rawValue) { throw .released(id: id) }
        }
        throw .unknown(id: id)
    }

    /// - Parameter isHeadOnly: leaves the body empty.
    package func read(_ name: Name, isHeadOnly: Bool = false) throws(QuarantineError) -> KeptRequest {
        let path = path(name, .request)
        let bytes = try contents(path, name, bytesLimit: isHeadOnly ? KeptRequest.headBytesLimit : .max)
        guard let request = KeptRequest(fileBytes: bytes, isHeadOnly: isHeadOnly), request.id == name.id,
            request.keyID == name.keyID
        else { throw .unreadable(path: path) }
        return request
    }

    /// What a file says about the end of a release; nil if there is none.
    package func outcome(_ name: Name, _ kind: Kind) throws(QuarantineError) -> [UInt8]? {
        do throws(QuarantineError) {
            return try contents(path(name, kind), name, bytesLimit: KeptRequest.headBytesLimit)
        } catch .unknown {
            return nil
        }
    }

    private func contents(_ path: String, _ name: Name, bytesLimit: Int) throws(QuarantineError) -> [UInt8] {
        guard let bytes = try onDisk({ () throws(IOError) in try disk.contents(of: path, bytesLimit: bytesLimit) })
        else {
            throw .unknown(id: name.id)
        }
        return bytes
    }

    private func keyIDs() throws(QuarantineError) -> [String] {
        Array(try files(in: root).filter { !$0.hasPrefix(".") }.sorted().prefix(Self.keysLimit))
    }

    private func files(in directory: String) throws(QuarantineError) -> [String] {
        do throws(IOError) { return try disk.names(in: directory) } catch {
            if error.isNotFound { return [] }
            throw .disk(error)
        }
    }

    // MARK: Writing

    /// Makes the directories that are watched.
    package func prepare() throws(QuarantineError) {
        do throws(IOError) {
            try disk.makePrivateDirectory(root)
            try releases.prepare()
        } catch {
            throw .disk(error)
        }
    }

    /// Keeps a request; the oldest of its key go until there is room for it.
    ///
    /// - Throws: ``QuarantineError/tooLarge(bytes:limit:)`` or
    ///   ``QuarantineError/disk(_:)``; it is not kept.
    /// - Returns: how many had to go.
    @discardableResult
    package func keep(
        _ request: KeptRequest, bytesPerKeyLimit: Int, reserveBytes: UInt64
    ) throws(QuarantineError) -> Int {
        let bytes = request.fileBytes
        guard bytes.count <= bytesPerKeyLimit else { throw .tooLarge(bytes: bytes.count, limit: bytesPerKeyLimit) }
        let name = Name(keyID: request.keyID, id: request.id)
        do throws(IOError) {
            try disk.makePrivateDirectory(root)
            let available = try disk.fileSystem(at: root).availableBytes
            guard available >= reserveBytes + UInt64(bytes.count) else { throw .noSpace(root) }
            try disk.makePrivateDirectory(directory(of: request.keyID))
        } catch {
            throw .disk(error)
        }
        let removedCount = try makeRoom(for: bytes.count, ofKey: request.keyID, bytesLimit: bytesPerKeyLimit)
        // Complete under its name, or not there.
        try write(bytes, to: path(name, .request), isDurable: false)
        return removedCount
    }

    private func makeRoom(for bytes: Int, ofKey keyID: String, bytesLimit: Int) throws(QuarantineError) -> Int {
        var kept: [(name: Name, bytes: Int)] = []
        for name in try names(.request, ofKey: keyID) { kept.append((name, try size(of: path(name, .request)))) }
        var total = kept.reduce(0) { $0 + $1.bytes }
        var removedCount = 0
        while removedCount < kept.count,
            total + bytes > bytesLimit || kept.count - removedCount >= Self.requestsLimit
        {
            total -= kept[removedCount].bytes
            try remove(kept[removedCount].name)
            removedCount += 1
        }
        return removedCount
    }

    private func size(of path: String) throws(QuarantineError) -> Int {
        do throws(IOError) { return Int(try disk.openFileForReading(path).size()) } catch {
            if error.isNotFound { return 0 }
            throw .disk(error)
        }
    }

    /// Says that the operator wants the request as an event. Durable; asking twice is asking once.
    package func askForRelease(of name: Name) throws(QuarantineError) {
        try prepare()
        try removeFile(path(name, .refused))
        try onDisk { () throws(IOError) in try releases.ask(Self.errand(name), [UInt8(ascii: "\n")]) }
    }

    /// Says that the request has become an event, durably, and lets go of it.
    package func noteReleased(_ name: Name, outcome: [UInt8]) throws(QuarantineError) {
        try write(outcome, to: path(name, .released), isDurable: true)
        try removeFile(path(name, .request))
        try withdrawRelease(of: name)
    }

    /// Says why the request could not become an event; it stays.
    package func noteRefused(_ name: Name, outcome: [UInt8]) throws(QuarantineError) {
        try write(outcome, to: path(name, .refused), isDurable: true)
        try withdrawRelease(of: name)
    }

    /// Forgets the wish for a release.
    package func withdrawRelease(of name: Name) throws(QuarantineError) {
        try onDisk { () throws(IOError) in try releases.takeAway(Self.errand(name)) }
    }

    /// Sleeps until the bridge has said what became of each, or the time is up; gives those that still wait.
    package func waitForReleases(of names: [Name], seconds: Int) throws(QuarantineError) -> Set<Name> {
        let wanted = Set(names.map(Self.errand))
        let open = try onDisk { () throws(IOError) in try releases.wait(for: wanted, seconds: seconds) }
        return Set(names.filter { open.contains(Self.errand($0)) })
    }

    /// Removes everything of a request.
    package func remove(_ name: Name) throws(QuarantineError) {
        for kind in Kind.allCases { try removeFile(path(name, kind)) }
    }

    /// Removes all that came before a moment, and what is called as nothing here is. What is to be released stays.
    ///
    /// - Returns: how many requests went.
    @discardableResult
    package func removeOlder(thanMilliseconds limit: Int64) throws(QuarantineError) -> Int {
        let wanted = Set(try wantedReleases())
        var removedCount = 0
        for kind in Kind.allCases {
            for name in try names(kind) where (Self.milliseconds(ofID: name.id) ?? 0) < limit {
                guard !wanted.contains(name) else { continue }
                try removeFile(path(name, kind))
                if kind == .request { removedCount += 1 }
            }
        }
        return removedCount
    }

    /// The milliseconds since 1970 in a UUIDv7 (RFC 9562 §5.7).
    private static func milliseconds(ofID id: String) -> Int64? {
        let digits = id.filter { $0 != "-" }.prefix(12)
        return digits.count == 12 ? Int64(digits, radix: 16) : nil
    }

    private func write(_ bytes: [UInt8], to path: String, isDurable: Bool) throws(QuarantineError) {
        try onDisk { () throws(IOError) in try disk.writePrivateFile(path, bytes, isDurable: isDurable) }
    }

    private func removeFile(_ path: String) throws(QuarantineError) {
        try onDisk { () throws(IOError) in try disk.removeIfThere(path) }
    }

    /// What fails there is the disk's fault.
    private func onDisk<Result>(_ body: () throws(IOError) -> Result) throws(QuarantineError) -> Result {
        do throws(IOError) { return try body() } catch { throw .disk(error) }
    }

    // MARK: Counting

    /// What is kept of a key.
    package func usage(ofKey keyID: String) throws(QuarantineError) -> KeptUsage {
        var usage = KeptUsage()
        for name in try names(.request, ofKey: keyID) {
            usage.requests += 1
            usage.bytes += try size(of: path(name, .request))
        }
        return usage
    }

    /// What is kept of each key.
    package func usages() throws(QuarantineError) -> [String: KeptUsage] {
        var usages: [String: KeptUsage] = [:]
        for keyID in try keyIDs() { usages[keyID] = try usage(ofKey: keyID) }
        return usages
    }
}

/// How many requests are kept, and what they take on disk.
package struct KeptUsage: Sendable, Equatable {
    package var requests = 0
    package var bytes = 0

    package init() {}
}
