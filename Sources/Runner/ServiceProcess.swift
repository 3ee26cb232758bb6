import DurableIO
import Glibc
import Subprocess
import SystemPackage

/// Runs services' commands.
///
/// swift-subprocess spawns and reaps them; ``ProcessWatch`` reads what they write and keeps them to their limits. A
/// command has a process group of its own. When its first process has ended, what is left of the group is killed, and
/// nothing is waited for: a process that escaped from its group and holds the pipes open keeps nobody.
package struct ServiceProcess: Sendable {
    /// Sets the memory limit before the command begins: `setrlimit(2)` would have to be called between fork and exec,
    /// where swift-subprocess has no place for it.
    static let limiter = "/usr/bin/prlimit"

    /// Becomes another user before the command begins. swift-subprocess could do it, by glibc's `setgroups(3)` between fork
    /// and exec: that call waits for every thread of this process, which the child has none of, and where one was just
    /// being made it waits for ever.
    static let userSwitcher = "/usr/bin/setpriv"

    private let scratchRoot: String
    private let watch: ProcessWatch
    private let note: @Sendable (ExecutionID, String, Note) -> Void

    /// What is told while a service runs.
    package enum Note: Sendable {
        /// A line of standard error, without its newline, no longer than ``ErrorLines/lineBytesLimit``.
        case errorLine(String)
        /// Its scratch directory, or something in it, stays.
        case scratchLeft(IOError)
    }

    /// - Parameter note: called on any thread, with the execution and its service's name.
    init(
        scratchRoot: String, watch: ProcessWatch,
        note: @escaping @Sendable (ExecutionID, String, Note) -> Void
    ) {
        self.scratchRoot = scratchRoot
        self.watch = watch
        self.note = note
    }

    func run(_ job: ServiceJob) async -> RunEnd {
        var account: UserAccount?
        if let user = job.service.user {
            guard UserAccount.canSwitch, let found = UserAccount(named: user) else {
                return RunEnd(.notStarted("it cannot run as \(user)"))
            }
            account = found
        }
        let scratch: ScratchDirectory
        do { scratch = try ScratchDirectory(root: scratchRoot, id: job.id, owner: account) } catch {
            return RunEnd(.notStarted("\(error)"))
        }
        let end = await run(job, in: scratch, as: account)
        do { try scratch.remove() } catch { note(job.id, job.service.name, .scratchLeft(error)) }
        return end
    }

    private func run(_ job: ServiceJob, in scratch: ScratchDirectory, as account: UserAccount?) async -> RunEnd {
        guard let program = job.service.command.first.flatMap({ ServiceCatalog.executable($0) }) else {
            return RunEnd(.notStarted("there is no program \(job.service.command.first ?? "") that can be executed"))
        }
        do {
            let eventFile =
                job.service.wantsEventFile
                ? try scratch.addFile("event.json", job.line, owner: account) : nil
            let input = try Descriptor.memoryFile(job.parameters)
            let output = try Descriptor.pipe()
            let errors = try Descriptor.pipe()
            let configuration = configuration(
                job, program: program, scratch: scratch.path, eventFile: eventFile, account: account)
            let supervised = SupervisedProcess(
                output: output.read, errors: errors.read, limits: job.service.limits,
                errorLine: { [note] in note(job.id, job.service.name, .errorLine($0)) })
            let result = try await Subprocess.run(
                configuration,
                input: .fileDescriptor(FileDescriptor(rawValue: input.number), closeAfterSpawningProcess: false),
                output: .fileDescriptor(
                    FileDescriptor(rawValue: output.write.number), closeAfterSpawningProcess: false),
                error: .fileDescriptor(FileDescriptor(rawValue: errors.write.number), closeAfterSpawningProcess: false)
            ) { execution in
                // The service has its own copies; with ours open the pipes would never end.
                output.write.close()
                errors.write.close()
                let process = execution.processIdentifier
                return await watch.untilEnd(
                    of: supervised, process: process.value, descriptor: process.processDescriptor)
            }
            var end = result.closureResult
            switch result.terminationStatus {
            case .exited(let status): end.termination = .exited(status)
            case .signaled(let number): end.termination = .signalled(number)
            }
            return end
        } catch {
            return RunEnd(.notStarted("\(error)"))
        }
    }

    private func configuration(
        _ job: ServiceJob, program: String, scratch: String, eventFile: String?, account: UserAccount?
    ) -> Configuration {
        var command = [program] + job.service.command.dropFirst()
        if let bytes = job.service.limits.memoryBytes {
            command = [Self.limiter, "--as=\(bytes):\(bytes)", "--"] + command
        }
        if let account {
            let groups = account.groups.map(String.init).joined(separator: ",")
            command =
                [
                    Self.userSwitcher, "--reuid=\(account.userID)", "--regid=\(account.groupID)", "--groups=\(groups)",
                    "--",
                ] + command
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        let variables = ServiceEnvironment.variables(of: job, scratch: scratch, eventFile: eventFile)
        return Configuration(
            executable: .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
            environment: .custom(
                Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })),
            workingDirectory: FilePath(job.service.directory ?? scratch), platformOptions: options)
    }
}
