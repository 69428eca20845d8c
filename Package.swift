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
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CKernels"),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Network", dependencies: ["Tensors"]),
        .target(name: "Runtime", dependencies: ["Network"]),
        .target(name: "Training", dependencies: ["Runtime", "CZlib", "CZip"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
