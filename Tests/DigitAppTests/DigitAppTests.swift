import Datasets
import Foundation
import Images
import KerasBridge
import Testing

@Suite(.serialized) struct DigitAppTests {
    /// The first of the embedded test digits with this label, 255 for ink.
    private static func digit(_ label: Int) throws -> [UInt8] {
        let digits = try DatasetFinder().load(.named(.embedded)).evaluation
        let index = try #require(digits.classes?.firstIndex(of: label))
        return digits.inputs.tensor().samples(index..<(index + 1)).elements.map { UInt8($0 * 255) }
    }

    private static func pixels(_ label: Int) throws -> Data {
        try JSONSerialization.data(withJSONObject: [
            "width": 28, "height": 28, "pixels": try digit(label).map(Int.init),
        ])
    }

    /// The same as a photo would have it: dark on white.
    private static func png(_ label: Int) throws -> Data {
        Data(RasterImage(width: 28, height: 28, bytes: try digit(label).map { 255 - $0 }).png())
    }

    @Test func readsDigitsFromPixelsAndPictures() async throws {
        let server = try AppServer()
        for label in 0...9 {
            let reply = try await server.ask(
                "api/recognize", "POST", body: Self.pixels(label), type: "application/json")
            #expect(reply.status == 200)
            #expect(try reply.json["number"] as? String == "\(label)")
        }
        let drawing = try await server.ask(
            "api/recognize?drawing=1&explain=1", "POST", body: Self.png(4), type: "image/png")
        let digit = try #require((try drawing.json["digits"] as? [[String: Any]])?.first)
        #expect(digit["digit"] as? Int == 4)
        #expect((digit["probabilities"] as? [Double])?.count == 10)
        for part in ["steps", "layers", "heat"] { #expect(digit[part] != nil, "explain=1 adds \(part)") }
        let layers = try #require(digit["layers"] as? [[String: Any]])
        let model = try await server.ask("api/model").json
        #expect(layers.count == (model["layers"] as? [Any])?.count)
    }

    @Test func answersNothingWhereThereIsNoInk() async throws {
        let server = try AppServer()
        let blank = try JSONSerialization.data(
            withJSONObject: ["width": 28, "height": 28, "pixels": [Int](repeating: 0, count: 784)])
        for query in ["", "?multi=1", "?centring=0"] {
            let reply = try await server.ask("api/recognize" + query, "POST", body: blank, type: "application/json")
            #expect(reply.status == 200)
            #expect(try reply.json["number"] as? String == "")
        }
    }

    private static let wrong: [(String, String, String, String?, Int, String)] = [
        ("GET", "api/nothing", "", nil, 404, "not_found"),
        ("PUT", "api/model", "", nil, 405, "method_not_allowed"),
        ("POST", "api/recognize", "x", "text/plain", 415, "unsupported_media_type"),
        ("POST", "api/recognize", "", "image/png", 400, "empty_body"),
        ("POST", "api/recognize", "hello", "image/png", 400, "bad_image"),
        ("POST", "api/recognize?multi=yes", "{}", "application/json", 400, "bad_parameter"),
        ("POST", "api/recognize?multi=1&multi=1", "{}", "application/json", 400, "bad_parameter"),
        ("POST", "api/recognize", "{", "application/json", 400, "bad_json"),
        ("POST", "api/recognize", #"{"width":1,"height":1}"#, "application/json", 400, "bad_json"),
        ("POST", "api/recognize", #"{"width":1,"height":1,"pixels":[256]}"#, "application/json", 400, "bad_json"),
        ("POST", "api/recognize", #"{"width":1,"height":1,"pixels":[1],"x":1}"#, "application/json", 400, "bad_json"),
        ("POST", "api/recognize", #"{"width":2,"height":1,"pixels":[1]}"#, "application/json", 400, "bad_size"),
        ("POST", "api/recognize", #"{"width":0,"height":1,"pixels":[]}"#, "application/json", 400, "bad_size"),
        ("POST", "api/corrections", "{}", "application/json", 400, "bad_parameter"),
        ("POST", "api/corrections?label=10", "{}", "application/json", 400, "bad_parameter"),
        ("POST", "api/corrections?label=1", "{}", "application/json", 403, "corrections_off"),
    ]

    @Test func saysWhatIsWrongInOneShape() async throws {
        let server = try AppServer("--max-body", "64KiB")
        for (method, path, body, type, status, code) in Self.wrong {
            let reply = try await server.ask(path, method, body: body.isEmpty ? nil : Data(body.utf8), type: type)
            #expect(reply.status == status, "\(method) \(path) \(body)")
            #expect(try reply.problem == code, "\(method) \(path) \(body)")
            let error = try #require(try reply.json["error"] as? [String: Any])
            #expect(error["status"] as? Int == status)
            for field in ["message", "remedy"] {
                #expect((error[field] as? String)?.hasSuffix(".") == true, "\(field) of \(code) is a sentence")
            }
        }
        let large = try await server.ask("api/recognize", "POST", body: Data(count: 65_537), type: "image/png")
        #expect(large.status == 413)
        let foreign = try await server.ask("api/model", fields: ["Origin": "http://evil.example"])
        #expect(foreign.status == 403)
    }

    @Test func servesAllThatItsDescriptionPromises() async throws {
        let server = try AppServer()
        let paths = try #require(try await server.ask("openapi.json").json["paths"] as? [String: [String: Any]])
        #expect(
            paths.keys.sorted() == ["/api/corrections", "/api/model", "/api/recognize", "/api/samples", "/healthz"])
        for (path, methods) in paths {
            for method in ["GET", "POST"] {
                let reply = try await server.ask(String(path.dropFirst()), method)
                #expect(
                    (reply.status == 405) == (methods[method.lowercased()] == nil), "\(method) \(path): \(reply.status)"
                )
            }
        }
    }

    @Test func servesItsPageUnderAStrictPolicy() async throws {
        let server = try AppServer()
        for path in ["", "style.css", "main.js", "icon.svg", "nowhere"] {
            let reply = try await server.ask(path)
            #expect(reply.status == (path == "nowhere" ? 404 : 200))
            let policy = reply.fields["content-security-policy"] ?? ""
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'"))
            #expect(!policy.contains("unsafe"))
            #expect(reply.fields["x-content-type-options"] == "nosniff")
        }
        let page = try await server.ask("")
        let again = try await server.ask("", fields: ["If-None-Match": page.fields["etag"] ?? ""])
        #expect(again.status == 304)
    }

    @Test func keepsACorrectionOnceUnderItsLabel() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "digit-app-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try AppServer("--save-corrections", folder.path)
        for _ in 0..<2 {
            let reply = try await server.ask(
                "api/corrections?label=7", "POST", body: Self.pixels(1), type: "application/json")
            #expect(reply.status == 201)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: "7").path)
        #expect(names.count == 1)
        let kept = try #require(names.first)
        let bytes = try [UInt8](Data(contentsOf: folder.appending(path: "7/\(kept)")))
        let image = try RasterImage(decoding: bytes, name: kept)
        #expect(image.width == 28 && image.height == 28 && image.bytes.max() == 255)
    }

    @Test func showsAReportOnlyAboutTheVeryFile() async throws {
        let shipped = try await AppServer().ask("api/model").json
        let verification = try #require(
            shipped["verification"] as? [String: Any], "Fixtures/models/digits.verify.json is old")
        #expect(verification["equal"] as? Bool == true)

        let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../Fixtures/models")
        let folder = FileManager.default.temporaryDirectory.appending(path: "digit-app-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["digits.keras", "digits.verify.json"] {
            try FileManager.default.copyItem(at: fixtures.appending(path: name), to: folder.appending(path: name))
        }
        let model = folder.appending(path: "digits.keras")
        #expect(try await AppServer(model.path).ask("api/model").json["verification"] != nil)

        // The same model, written anew in another format.
        try KerasFile.read(model.path).write(
            to: folder.appending(path: "digits.h5").path, format: .legacyH5, dialect: .keras3)
        let other = folder.appending(path: "digits.h5").path
        #expect(try await AppServer(other).ask("api/model").json["verification"] == nil)
    }

    @Test func endsWithTheStatusThatFits() throws {
        #expect(try AppServer().stop() == 0)
        #expect(try AppServer.run("--port", "70000").status == 64)
        let missing = try AppServer.run("nowhere.keras")
        #expect(missing.status == 66)
        #expect(missing.complaint.contains("nowhere.keras"))
        #expect(try AppServer.run(#filePath).status == 65)
    }
}
