import Credentials
import DurableIO
import Glibc
import Settings

/// Files, their owners and permissions, and the room for them.
extension Doctor {
    func checkFiles(_ report: inout DoctorReport) {
        checkSpool(&report)
        checkRoom(&report)
        checkCredentials(&report)
    }

    private func checkSpool(_ report: inout DoctorReport) {
        let path = settings.spool.directory
        guard let access = FileAccess(path), access.isDirectory else {
            report.failed(
                "spool", "\(path) is no directory, or you may not see it",
                "mkdir -m 0750 \(path), owned by the bridge's user; or set spool.directory")
            return
        }
        let owner = SystemUser(id: access.userID)?.name ?? String(access.userID)
        if access.mode & 0o007 != 0 {
            report.failed(
                "spool", "everybody on this machine may look into \(path) (mode \(access.permissions))",
                "chmod o= \(path)")
        } else if let user = bridgeUser, !access.allows(7, to: user) {
            report.failed(
                "spool", "\(user.name), as whom the bridge runs, may not write \(path), which is \(owner)'s",
                "chown -R \(user.name) \(path)")
        } else {
            report.ok("spool", "\(path) is \(owner)'s, mode \(access.permissions)")
        }
    }

    private func checkRoom(_ report: inout DoctorReport) {
        let path = settings.spool.directory
        let facts: FileSystemFacts
        do throws(IOError) { facts = try disk.fileSystem(at: path) } catch {
            report.failed("disk", "\(error)", "mount the disk, or set spool.directory")
            return
        }
        guard let name = facts.localName else {
            report.failed(
                "disk",
                "\(path) is on a file system (0x\(String(facts.magic, radix: 16))) that may lose what it has confirmed",
                "keep the spool on a local disk: ext4, xfs, btrfs or zfs")
            return
        }
        let reserve = UInt64(settings.spool.freeBytesReserve)
        let free = SizeText.format(Int(facts.availableBytes >> 20) << 20)
        if facts.availableBytes <= reserve {
            report.failed(
                "disk", "\(free) are free; below spool.free_bytes_reserve no event is accepted",
                "make room: fxctl spool stat; fxctl spool trim --dry-run --max-bytes 1GiB")
        } else if facts.availableBytes < reserve + UInt64(settings.spool.segmentBytes) * 4 {
            report.warning("disk", "only \(free) are free", "make room, or lower spool.retention_bytes")
        } else if name == "tmpfs" {
            report.warning(
                "disk", "\(path) is in memory (tmpfs): a power cut takes it", "set spool.directory to a disk")
        } else {
            report.ok("disk", "\(name), \(free) free")
        }
    }

    private func checkCredentials(_ report: inout DoctorReport) {
        let path = settings.credentials.file
        guard let access = FileAccess(path) else {
            report.warning(
                "credentials", "\(path) is not there, or you may not see it: nobody can send anything",
                "fxctl token create --tenant NAME --name NAME --scope events:write status:read")
            return
        }
        if access.mode & 0o077 != 0 {
            report.failed(
                "credentials", "others than its owner may read \(path) (mode \(access.permissions))",
                "chmod 600 \(path)")
        } else if let user = bridgeUser, !access.allows(4, to: user) {
            report.failed(
                "credentials", "\(user.name), as whom the bridge runs, may not read \(path)",
                "chown \(user.name) \(path)")
        } else {
            do {
                let follower = try CredentialFollower(path: path) { _ in }
                _ = follower
                report.ok("credentials", path)
            } catch {
                report.failed("credentials", "\(error)", "restore it from a backup; fxctl never leaves half a file")
            }
        }
    }

    /// As whom the running bridge runs; nil if it does not run.
    var bridgeUser: SystemUser? {
        bridgePID.flatMap { FileAccess("/proc/\($0)") }.flatMap { SystemUser(id: $0.userID) }
    }

    /// The process that the pid file names, if that is a bridge.
    var bridgePID: Int? {
        guard let pid = Int(text(of: settings.process.pidFile).filter { $0 != "\n" }),
            text(of: "/proc/\(pid)/comm").hasPrefix("fx-bridge")
        else { return nil }
        return pid
    }

    /// The text of a small file; empty if it cannot be read.
    func text(of path: String) -> String {
        var bytes: [UInt8] = []
        _ = try? disk.openFileForReading(path).read(into: &bytes, at: 0, count: 64 << 10)
        return String(decoding: bytes, as: UTF8.self)
    }
}
