// swift-tools-version: 6.1
import PackageDescription

/// Every Swift target: Swift 6 language mode, warnings are errors through the Makefile's flags.
let settings: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let package = Package(
    name: "Adjoint",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "Adjoint", targets: ["Adjoint"]),
        .library(name: "AdjointTesting", targets: ["AdjointTesting"]),
        .executable(name: "adjoint", targets: ["AdjointCLI"]),
        .executable(name: "adjoint-bench", targets: ["AdjointBench"]),
        .executable(name: "adjoint-conformance", targets: ["AdjointConformance"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
    ],
    targets: [
        // The machine: kernels, memory, matrix products, files. No calculus.
        .target(name: "CKernels", linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "AdjointRuntime",
            dependencies: [
                "CKernels", .target(name: "COpenBLAS", condition: .when(platforms: [.linux])),
                .product(name: "ComplexModule", package: "swift-numerics"),
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: settings,
            linkerSettings: [.linkedFramework("Accelerate", .when(platforms: [.macOS, .iOS]))]),
        .target(name: "AdjointFiles", dependencies: ["CZlib"], swiftSettings: settings),

        // The calculus.
        .target(
            name: "AdjointCore", dependencies: ["AdjointRuntime", "AdjointFiles", "CKernels"], swiftSettings: settings),
        .target(name: "AdjointTransforms", dependencies: ["AdjointCore"], swiftSettings: settings),
        .target(
            name: "AdjointLinearAlgebra",
            dependencies: [
                "AdjointCore", "AdjointRuntime", .target(name: "COpenBLAS", condition: .when(platforms: [.linux])),
            ],
            swiftSettings: settings),
        .target(
            name: "AdjointNN", dependencies: ["AdjointCore", "AdjointRuntime", "CKernels"], swiftSettings: settings),
        .target(
            name: "AdjointFourier",
            dependencies: [
                "AdjointCore", "AdjointNN", "AdjointRuntime", "CKernels",
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: settings),
        .target(
            name: "AdjointGraph",
            dependencies: [
                "AdjointCore", "AdjointRuntime", "AdjointTransforms", "AdjointLinearAlgebra", "AdjointNN",
                "AdjointFourier", "AdjointFiles", "AdjointDiagrams", "CKernels",
            ],
            swiftSettings: settings),
        .target(name: "AdjointTesting", dependencies: ["AdjointCore", "AdjointTransforms"], swiftSettings: settings),
        .target(
            name: "Adjoint",
            dependencies: [
                "AdjointCore", "AdjointTransforms", "AdjointGraph", "AdjointLinearAlgebra", "AdjointNN",
                "AdjointFourier", .product(name: "ComplexModule", package: "swift-numerics"),
            ],
            swiftSettings: settings),

        // The command.
        .target(name: "AdjointDiagrams", swiftSettings: settings),
        .target(name: "AdjointExpression", swiftSettings: settings),
        .executableTarget(
            name: "AdjointCLI",
            dependencies: [
                "Adjoint", "AdjointCore", "AdjointRuntime", "AdjointDiagrams", "AdjointExpression", "AdjointFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: [.copy("Resources")],
            swiftSettings: settings),
        .executableTarget(
            name: "AdjointConformance",
            dependencies: [
                "Adjoint", "AdjointCore", "AdjointGraph", "AdjointRuntime",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "AdjointBench",
            dependencies: [
                "Adjoint", "AdjointDiagrams", "AdjointRuntime", "CBenchSupport", "CKernels",
                .target(name: "COpenBLAS", condition: .when(platforms: [.linux])),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/AdjointBench", swiftSettings: settings),
        .target(name: "CBenchSupport", path: "Benchmarks/CBenchSupport"),

        .testTarget(
            name: "AdjointCoreTests",
            dependencies: [
                "AdjointCore", "AdjointRuntime", "AdjointTransforms", "AdjointTesting", "CKernels",
                .product(name: "ComplexModule", package: "swift-numerics"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointLinearAlgebraTests",
            dependencies: [
                "AdjointCore", "AdjointLinearAlgebra", "AdjointRuntime", "AdjointTransforms", "AdjointTesting",
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointTransformsTests",
            dependencies: ["AdjointCore", "AdjointRuntime", "AdjointTransforms", "AdjointTesting", "CKernels"],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointGraphTests", dependencies: ["Adjoint", "AdjointGraph", "AdjointCore", "AdjointTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointNNTests",
            dependencies: ["AdjointCore", "AdjointNN", "AdjointRuntime", "AdjointTransforms", "AdjointTesting"],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointFourierTests",
            dependencies: [
                "AdjointFourier", "AdjointCore", "AdjointRuntime", "AdjointTransforms", "AdjointTesting",
                .product(name: "ComplexModule", package: "swift-numerics"),
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: settings),
        .testTarget(
            name: "AdjointCLITests", dependencies: ["AdjointCLI"], exclude: ["Golden"], swiftSettings: settings),
        .testTarget(
            name: "ConformanceTests", dependencies: ["AdjointConformance"], exclude: ["Fixtures"],
            swiftSettings: settings),
        .testTarget(name: "DocumentationTests", dependencies: ["Adjoint", "CKernels"], swiftSettings: settings),
        .testTarget(name: "RandomProgramTests", dependencies: ["Adjoint"], swiftSettings: settings),
        .testTarget(
            name: "AdjointDiagramsTests", dependencies: ["AdjointDiagrams"], swiftSettings: settings),
        .testTarget(
            name: "AdjointExpressionTests", dependencies: ["AdjointExpression"], swiftSettings: settings),
        .testTarget(
            name: "AdjointFilesTests", dependencies: ["AdjointFiles"], swiftSettings: settings),
    ]
)
