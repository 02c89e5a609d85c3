import HTTPTypes

/// What answers requests, whichever way they come: as FastCGI, as CGI or from a test.
///
/// It is called on the thread that read the request, and may block.
public protocol Handler: Sendable {
    /// Answers a request.
    func respond(to request: Request) -> Response

    /// Answers what could not be read as a request.
    ///
    /// - Parameter variables: what there was to read.
    func respond(to fault: MalformedRequest, in variables: MetaVariables) -> Response
}

extension Handler {
    /// Reads a request from meta-variables and a body stream and answers it: the one way through which FastCGI and CGI
    /// both go.
    ///
    /// - Parameter bodyLimit: the most bytes of body that are accepted; negative where the body is known to have more
    ///   than may be.
    /// - Returns: the bytes to write to the web server (RFC 3875, section 6), and how long and until when they are to be
    ///   held back, as `Response` has it.
    public func respond(
        to variables: MetaVariables, body source: inout some BodySource, bodyLimit: Int
    ) -> (output: [UInt8], delay: Duration, earliest: ContinuousClock.Instant?) {
        let response: Response
        do throws(MalformedRequest) {
            response = respond(to: try Request(variables, body: &source, bodyLimit: bodyLimit))
        } catch {
            response = respond(to: error, in: variables)
        }
        let method = variables["REQUEST_METHOD"].flatMap { HTTPRequest.Method(rawValue: $0) }
        return (response.cgiOutput(for: method), response.delay, response.earliest)
    }
}
