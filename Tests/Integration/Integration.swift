import Testing

/// Tests of the real binary and real servers. One after the other: each uses all processors, and waits for processes.
@Suite(.serialized) enum Integration {}
