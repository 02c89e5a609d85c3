/// The input of a handler: a request, or a call of the program that could not be read as one.
public enum ReceivedRequest: Sendable {
    /// A request, with its whole body.
    case request(Request)
    /// The reason why there is no request, and the meta-variables that there were.
    case malformed(MalformedRequest, MetaVariables)
}

/// An application that answers requests, whichever way they come: as FastCGI, as CGI or from a test.
///
/// ```swift
/// struct Greeting: Handler {
///     func answer(_ received: ReceivedRequest) -> Answer {
///         guard case .request(let request) = received else { return .response(Response(status: .badRequest)) }
///         return .response(Response(text: "\(request.path) says hello"))
///     }
/// }
/// ```
public protocol Handler: Sendable {
    /// Answers a request, or says that it has to wait for another one. It is called on the thread that read the
    /// request, and may block.
    func answer(_ received: ReceivedRequest) -> Answer
}

extension Handler {
    /// Answers a request. If the answer is postponed, the calling thread waits.
    public func respond(to request: Request) -> Response { answer(.request(request)).response() }

    /// Reads a request from meta-variables and a body stream and answers it: the one way through which FastCGI and CGI
    /// both go.
    ///
    /// - Parameter bodyLimit: the most bytes of body that are accepted; negative if the body is known to be longer than
    ///   that.
    public func answer(
        _ variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) -> Answer {
        do throws(MalformedRequest) {
            return answer(.request(try Request(variables, body: &source, bodyLimit: bodyLimit)))
        } catch {
            return answer(.malformed(error, variables))
        }
    }

    /// The same for a caller that has nothing else to do: if the answer is postponed, its thread waits.
    ///
    /// - Returns: the bytes to write to the web server (RFC 3875, section 6), and how long and until when to hold them
    ///   back, as `Response` has it.
    public func respond(
        to variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) -> (output: [UInt8], delay: Duration, earliest: ContinuousClock.Instant?) {
        let response = answer(variables, body: &source, bodyLimit: bodyLimit).response()
        return (response.cgiOutput(for: variables), response.delay, response.earliest)
    }
}
