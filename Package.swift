// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of the one direction: each names only targets above it.
// The map of the rooms is in README.md.

let package = Package(
    name: "keras-bridge",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "HDF5", targets: ["HDF5"]),
        .library(name: "KerasFiles", targets: ["KerasFiles"]),
        .library(name: "KerasBridge", targets: ["KerasBridge"]),
        .library(name: "Digits", targets: ["Digits"]),
        .executable(name: "keras-bridge", targets: ["keras-bridge"]),
        .executable(name: "digit-app", targets: ["digit-app"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        // What Hummingbird stands on, for the part of the app that talks to connections.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CHDF5", pkgConfig: "hdf5",
            providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
        .systemLibrary(
            name: "CZip", pkgConfig: "libzip",
            providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
        .systemLibrary(
            name: "CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .target(name: "CEmbedded"),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "CStart"),
        .target(name: "Start", dependencies: ["CStart"]),
        .target(name: "Escaping"),
        .target(name: "CSaving"),
        .target(name: "Saving", dependencies: ["CSaving"]),
        .target(name: "Images", dependencies: ["CPNG", "CJPEG"]),
        .target(name: "HDF5", dependencies: ["CHDF5", "CZlib", "Saving"]),
        .target(name: "CKernels"),
        .target(name: "Tensors", dependencies: ["CKernels"]),
        .target(name: "Networks", dependencies: ["Tensors"], path: "Sources/Network"),
        .target(name: "Runtime", dependencies: ["Networks"]),
        .target(name: "Training", dependencies: ["Runtime", "Images", "CZlib", "CZip", "Saving"]),
        .target(
            name: "Datasets",
            dependencies: [
                "CEmbedded", "Training", .target(name: "CCrypto", condition: .when(platforms: [.linux])),
            ]),
        .target(name: "KerasFiles", dependencies: ["HDF5", "Training", "CZip"]),
        .target(name: "Pictures", dependencies: ["Escaping", "Images", "Runtime", "Training"]),
        .target(name: "Digits", dependencies: ["CEmbedded", "Images", "Runtime", "KerasFiles"]),
        .target(
            name: "Parity",
            dependencies: ["Escaping", "Images", "Tensors", "Training", "KerasFiles"],
            resources: [.embedInCode("Resources/keras_worker.py")]),
        .target(name: "CIsolation"),
        .target(name: "Isolation", dependencies: ["CIsolation"]),
        .target(name: "KerasBridge", dependencies: ["Networks", "Runtime", "Training", "KerasFiles"]),
        .executableTarget(
            name: "keras-bridge",
            dependencies: [
                "KerasBridge", "Datasets", "Digits", "Escaping", "Images", "Isolation", "Parity", "Pictures", "Saving",
                "Start",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .target(name: "CPages"),
        .executableTarget(
            name: "digit-app",
            dependencies: [
                "CEmbedded", "CPages", "Datasets", "Digits", "Escaping", "Images", "KerasBridge", "Saving", "Start",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            ],
            exclude: ["Public"]),
        .target(name: "TestSupport", dependencies: ["Parity", "Training", "Networks"], path: "Tests/TestSupport"),
        .executableTarget(name: "CarelessReader", dependencies: ["HDF5", "Isolation"], path: "Tests/CarelessReader"),
        .executableTarget(
            name: "IsolationProbe", dependencies: ["CIsolation"], path: "Tests/IsolationProbe",
            linkerSettings: [.linkedLibrary("pthread", .when(platforms: [.linux]))]),
        .testTarget(name: "EscapingTests", dependencies: ["Escaping"]),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"]),
        .testTarget(name: "SavingTests", dependencies: ["Saving"]),
        .testTarget(name: "IsolationTests", dependencies: ["Isolation", "CarelessReader", "IsolationProbe"]),
        .testTarget(name: "ImagesTests", dependencies: ["Images", "CJPEG"]),
        .testTarget(name: "HDF5Tests", dependencies: ["HDF5", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "NetworkTests", dependencies: ["Networks", "KerasFiles", "TestSupport"]),
        .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "TestSupport"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training", "TestSupport"]),
        .testTarget(name: "PicturesTests", dependencies: ["Pictures"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "Images", "TestSupport"]),
        .testTarget(name: "KerasFilesTests", dependencies: ["KerasFiles", "TestSupport"]),
        .testTarget(name: "DigitsTests", dependencies: ["CEmbedded", "Digits", "Datasets", "Saving", "TestSupport"]),
        .testTarget(name: "ParityTests", dependencies: ["Parity", "TestSupport"]),
        // Makes random models and runs them: see Scripts/fuzz_models.sh.
        .target(name: "ModelFuzzing", dependencies: ["KerasBridge"], path: "Tests/ModelFuzzing"),
        .executableTarget(name: "fuzz-models", dependencies: ["ModelFuzzing"], path: "Tests/fuzz-models"),
        // A short run of Fuzz/, which is a package of its own.
        .testTarget(name: "FuzzTests", dependencies: ["Digits", "HDF5", "Images", "KerasBridge", "ModelFuzzing"]),
        .testTarget(name: "BorderTests", dependencies: ["KerasBridge", "Datasets", "Parity", "TestSupport"]),
        .testTarget(
            name: "CommandTests",
            dependencies: ["KerasBridge", "Datasets", "Images", "Parity", "TestSupport", "keras-bridge"]),
        .testTarget(name: "DigitAppTests", dependencies: ["Datasets", "Images", "KerasBridge", "digit-app"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c11
)
