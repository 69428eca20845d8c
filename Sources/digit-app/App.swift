import Digits

/// What the handlers share.
struct App: Sendable {
    let card: ModelCard
    let corrections: CorrectionFolder?
    let limits: ServerLimits
    let crowd: Crowd
    let workshop: Workshop
    let room: BodyRoom
    let samples = SampleShelf()

    /// All that there is, as openapi.json tells it.
    func routes(_ doorkeeper: Doorkeeper) -> Routes {
        var routes = Routes(doorkeeper)
        for file in PageFiles.all { routes.get(file.path, PageFiles.handler(file)) }
        routes.get("/healthz") { _, _ in try JSON.response(["status": "ok"]) }
        routes.get("/api/model", model)
        routes.get("/api/samples", samples)
        routes.post("/api/recognize", recognize)
        routes.post("/api/corrections", correct)
        return routes
    }
}
