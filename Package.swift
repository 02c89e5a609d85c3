// swift-tools-version: 6.2

import PackageDescription

/// Whether this is the build for fuzzing (Tests/Fuzz/run) and for the tests under the address sanitizer, which share it:
/// our code is instrumented, there is a target more, and no test of real servers.
let isForFuzzing = Context.environment["POSTERN_FUZZ"] != nil
/// Whether this is the build for the tests under the thread sanitizer (Tests/Sanitizers/run): no test of real servers, too.
let isSanitized = Context.environment["POSTERN_SANITIZER"] != nil
let instrumented = SwiftSetting.unsafeFlags(["-sanitize=fuzzer,address"])

let testSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]
// Types by their accessors, not by a name that the runtime looks up: for a CGI run it looked through all conformances.
let accessors = SwiftSetting.unsafeFlags(
    ["-Xfrontend", "-disable-concrete-type-metadata-mangled-name-accessors"], .when(configuration: .release))
let settings = testSettings + [accessors] + (isForFuzzing ? [instrumented] : [])

let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let inMemoryLogging = Target.Dependency.product(name: "InMemoryLogging", package: "swift-log")

let package = Package(
    name: "postern",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "postern", targets: ["postern"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .systemLibrary(name: "CFastCGI", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        // Declarations alone: the libraries are loaded at first use.
        .systemLibrary(name: "CArgon2"),
        .systemLibrary(name: "CPostgreSQL"),
        .systemLibrary(name: "CLinux"),
        .target(name: "System", dependencies: ["CLinux"], swiftSettings: settings),
        .target(
            name: "Cryptography", dependencies: ["CArgon2", "COpenSSL", "CCrypt", "System"], swiftSettings: settings),
        .target(name: "Identity", dependencies: ["Cryptography", "JSON", "System"], swiftSettings: settings),
        .target(
            name: "Storage", dependencies: ["CPostgreSQL", "CSQLite", "Cryptography", "Identity", "System"],
            swiftSettings: settings),
        .target(name: "JSON", swiftSettings: settings),
        .target(name: "HTTP", dependencies: ["JSON", "System", httpTypes], swiftSettings: settings),
        .target(name: "FastCGI", dependencies: ["CFastCGI", "HTTP", "System"], swiftSettings: settings),
        .target(
            name: "AuthAPI",
            dependencies: ["Identity", "HTTP", "JSON", httpTypes, logging],
            swiftSettings: settings),
        .executableTarget(
            name: "postern",
            dependencies: [
                "Cryptography", "Identity", "Storage", "HTTP", "FastCGI", "AuthAPI", "JSON", "System", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings,
            // Of 90,000 relocations nearly all are relative: packed they take 17 KB in place of 2 MB, which each start
            // of the process would have to read. deploy/link has the runtime's C++ library linked statically, and no
            // library asks for a symbol of the program, of which Swift would export 12,000.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs",
                        "-L", "\(Context.packageDirectory)/deploy/link", "-Xclang-linker", "-static-libgcc",
                        "-Xlinker", "--no-export-dynamic",
                    ],
                    .when(platforms: [.linux], configuration: .release))
            ]),
        .target(
            name: "TestSupport",
            dependencies: [
                "AuthAPI", "COpenSSL", "CSQLite", "Cryptography", "HTTP", "Identity", "JSON", "Storage", httpTypes,
                logging, inMemoryLogging,
            ],
            path: "Tests/Support", swiftSettings: testSettings),
        // The contract of every store's engine: `StoreMaker` says on which it is run.
        .target(
            name: "StoreContract", dependencies: ["Cryptography", "Identity", "TestSupport"],
            path: "Tests/StoreContract", swiftSettings: testSettings),
        .testTarget(name: "SystemTests", dependencies: ["System"], swiftSettings: testSettings),
        .testTarget(
            name: "CryptographyTests", dependencies: ["COpenSSL", "Cryptography", "System", "TestSupport"],
            exclude: ["Vectors"], swiftSettings: testSettings),
        .testTarget(
            name: "IdentityTests", dependencies: ["Cryptography", "Identity", "JSON", "System", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "StorageTests",
            dependencies: ["CSQLite", "Cryptography", "Identity", "Storage", "StoreContract", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: testSettings),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "JSON", "System", httpTypes], swiftSettings: testSettings),
        .testTarget(
            name: "FastCGITests", dependencies: ["FastCGI", "HTTP", "System", "TestSupport", httpTypes],
            swiftSettings: testSettings),
        .testTarget(
            name: "AuthAPITests",
            dependencies: [
                "AuthAPI", "Cryptography", "HTTP", "Identity", "JSON", "Storage", "TestSupport", httpTypes, logging,
                inMemoryLogging,
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "postern", "AuthAPI", "Cryptography", "Identity", "Storage", "TestSupport", logging, inMemoryLogging,
            ],
            path: "Tests/Integration", swiftSettings: testSettings),
    ]
)

if isForFuzzing || isSanitized {
    package.targets.removeAll { $0.name == "IntegrationTests" }
}

if isForFuzzing {
    package.targets += [
        .systemLibrary(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
        .target(name: "FuzzDriver", dependencies: ["CLibFuzzer"], path: "Tests/Fuzz/Driver", swiftSettings: settings),
        // Of links to the reader's sources, so that nothing else is in it.
        .executableTarget(
            name: "fuzz-cbor", dependencies: ["FuzzDriver"], path: "Tests/Fuzz/CBOR",
            swiftSettings: settings + [.unsafeFlags(["-O"])],
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "AuthAPI", "Cryptography", "FastCGI", "FuzzDriver", "HTTP", "Identity", "System", "TestSupport",
                httpTypes, logging,
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    ]
}

// What the benchmark of Tests/Load drives the store with. It is nothing to install.
if Context.environment["POSTERN_LOAD"] != nil {
    package.products.append(.executable(name: "StoreLoad", targets: ["StoreLoad"]))
    package.targets.append(
        .executableTarget(
            name: "StoreLoad", dependencies: ["Cryptography", "Identity", "Storage"], path: "Tests/Load/StoreLoad",
            swiftSettings: settings))
}
