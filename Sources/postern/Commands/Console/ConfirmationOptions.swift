import ArgumentParser

/// How sure somebody must be who asks for what cannot be undone.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do it without asking.")
    var yes = false

    /// Asks on a terminal, unless told not to.
    ///
    /// - Throws: where the answer is not yes, or nobody can be asked.
    func confirm(_ question: String) throws {
        if yes { return }
        guard Terminal.canAsk else { throw ValidationError("This cannot be undone: give --yes.") }
        guard Terminal.isYes(question) else { throw CommandFailure(.dataError, "nothing was done") }
    }
}
