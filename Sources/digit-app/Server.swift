import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle

/// The HTTP server with all its limits, from the first byte of a connection to the last after SIGTERM.
struct Server {
    let host: String
    let port: Int
    let limits: ServerLimits
    let crowd: Crowd
    let routes: Routes

    /// Serves until SIGTERM or SIGINT, then lets the requests in work end.
    func run(whenReady: @escaping @Sendable (_ port: Int) -> Void) async throws {
        var logger = Logger(label: "digit-app")
        logger.logLevel = .error
        let (limits, crowd) = (limits, crowd)
        let application = Application(
            responder: routes,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ClientClock(limits, crowd)],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: limits.headerBytes, maxHeaderListSize: limits.headerBytes,
                        maxHeaderFieldCount: limits.headerFields))),
            configuration: .init(
                address: .hostname(host, port: port), backlog: 1024,
                // Beyond this, the system queues; the crowd makes room long before.
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections + 64)),
            onServerRunning: { whenReady($0.localAddress?.port ?? 0) },
            logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application)], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = limits.drainTime
        try await ServiceGroup(configuration: configuration).run()
    }
}
