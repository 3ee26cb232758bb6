import StatusIndex
import Testing
