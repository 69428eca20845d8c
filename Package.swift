// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of the one direction: each names only targets above it.
// The map of the rooms is in README.md.

let package = Package(
    name: "keras-bridge",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Network", targets: ["Network"]),
        .library(name: "KerasBridge", targets: ["KerasBridge"]),
        .executable(name: "keras-bridge", targets: ["keras-bridge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        .target(name: "CKernels"),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Network", dependencies: ["Tensors"]),
        .target(name: "KerasBridge", dependencies: ["Network"]),
        .executableTarget(
            name: "keras-bridge",
            dependencies: [
                "KerasBridge",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .testTarget(name: "CommandTests", dependencies: ["keras-bridge"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
