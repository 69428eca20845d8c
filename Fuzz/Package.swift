// swift-tools-version: 6.1
import PackageDescription

// A package of its own, because it is built with the sanitizers of Scripts/fuzz.sh and links libFuzzer.

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "keras-bridge", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer",
                .product(name: "Digits", package: "keras-bridge"),
                .product(name: "HDF5", package: "keras-bridge"),
                .product(name: "KerasBridge", package: "keras-bridge"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
