// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of the one direction: each names only targets above it.
// The map of the rooms is in README.md.

let package = Package(
    name: "keras-bridge",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Network", targets: ["Network"])
    ],
    targets: [
        .target(name: "CKernels"),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Network", dependencies: ["Tensors"]),
        .target(name: "Runtime", dependencies: ["Network"]),
        .target(name: "Parity", dependencies: ["Runtime"], resources: [.embedInCode("Resources/keras_worker.py")]),
        .target(name: "TestSupport", dependencies: ["Network", "Parity"], path: "Tests/TestSupport"),
        .testTarget(name: "NetworkTests", dependencies: ["Network", "TestSupport"]),
        .testTarget(name: "ParityTests", dependencies: ["Parity", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
