import Glibc

exit(FxctlCommand.run(arguments: Array(CommandLine.arguments.dropFirst())))
