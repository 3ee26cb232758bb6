import DurableIO
import JSONText

/// A small file beside segments that says a few numbers: `{"after":43,"begun":1764035000000000}`.
///
/// Members it does not know are ignored. It is written once and replaced as a whole.
enum NumberFile {
    private static let bytesLimit = 4096

    /// The numbers of these names; nil if there is no such file, or it does not say all of them.
    static func read<let count: Int>(
        _ path: String, _ names: [count of String], disk: any Disk
    ) throws(IOError) -> [count of UInt64]? {
        var bytes: [UInt8] = []
        do {
            let file = try disk.openFileForReading(path)
            while bytes.count <= bytesLimit {
                let read = try file.read(into: &bytes, at: UInt64(bytes.count), count: bytesLimit)
                if read == 0 { break }
            }
        } catch let error where error.isNotFound {
            return nil
        }
        guard bytes.count <= bytesLimit, let document = try? JSONScanner.members(of: bytes, depthLimit: 4) else {
            return nil
        }
        var numbers = [count of UInt64](repeating: 0)
        for index in names.indices {
            let found = document.members.filter { $0.isNamed(names[index], in: bytes) }
            guard found.count == 1, found[0].value.kind == .number,
                let number = UInt64(String(decoding: bytes[found[0].value.range], as: UTF8.self))
            else { return nil }
            numbers[index] = number
        }
        return numbers
    }

    /// Writes the file beside its place, makes it durable, puts it there; the caller makes the name durable.
    static func write(_ path: String, _ members: KeyValuePairs<String, UInt64>, disk: any Disk) throws(IOError) {
        let draft = LinuxDisk.parent(of: path) + "/." + String(path.split(separator: "/").last ?? "") + ".new"
        // What a crash has left.
        do { try disk.remove(draft) } catch let error where error.isNotFound {}
        let file = try disk.createFile(draft)
        let text = "{" + members.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}\n"
        let bytes = Array(text.utf8)
        guard unsafe try file.append(bytes.span.bytes) == bytes.count else { throw .noSpace(draft) }
        try file.synchronize()
        try disk.rename(draft, to: path)
    }
}
