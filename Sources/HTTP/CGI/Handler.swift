/// What answers requests, whichever way they come: as FastCGI, as CGI or from a test.
///
/// It is called on the thread that read the request, and may block.
public protocol Handler: Sendable {
    /// Answers a request.
    func respond(to request: Request) -> Response

    /// Answers a request, or says that it has to wait for something. A handler that never postpones needs no such
    /// function.
    func answer(_ request: Request) -> Answer

    /// Answers what could not be read as a request.
    ///
    /// - Parameter variables: what there was to read.
    func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response
}

extension Handler {
    /// Responds at once.
    public func answer(_ request: Request) -> Answer { .response(respond(to: request)) }

    /// Reads a request from meta-variables and a body stream and answers it: the one way through which FastCGI and CGI
    /// both go.
    ///
    /// - Parameter bodyLimit: the most bytes of body that are accepted; negative where the body is known to have more
    ///   than may be.
    public func answer(
        _ variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) -> Answer {
        do throws(MalformedRequest) {
            return answer(try Request(variables, body: &source, bodyLimit: bodyLimit))
        } catch {
            return .response(respond(to: error, in: variables))
        }
    }

    /// The same for a caller that has nothing else to do: where the answer is postponed, its thread waits.
    ///
    /// - Returns: the bytes to write to the web server (RFC 3875, section 6), and how long and until when they are to be
    ///   held back, as `Response` has it.
    public func respond(
        to variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) -> (output: [UInt8], delay: Duration, earliest: ContinuousClock.Instant?) {
        let response = answer(variables, body: &source, bodyLimit: bodyLimit).response()
        return (response.cgiOutput(for: variables), response.delay, response.earliest)
    }
}
