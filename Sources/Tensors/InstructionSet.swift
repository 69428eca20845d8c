import CKernels

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The vector instructions that the kernels are written for.
///
/// The environment variable `KERAS_BRIDGE_ISA` (`reference`, `neon`, `avx2`, `avx512` or `amx`) makes a process use another set
/// than the best; a set that the machine lacks, or an unknown name, is passed over.
public enum InstructionSet: String, Sendable, CaseIterable {
    /// Plain C, without vector instructions of its own.
    case reference
    /// ARM's 128-bit vectors.
    case neon
    /// 256-bit vectors with fused multiply and add.
    case avx2
    /// 512-bit vectors.
    case avx512
    /// The same, and the matrix unit for large products: float32 taken apart into bfloat16 pieces, with the error of float32.
    case amx

    /// The sets that this machine and its operating system run, slowest first.
    public static let available = allCases.filter { ck_isa_available($0.code) != 0 }

    /// The set that kernels use unless told otherwise.
    public static let best: InstructionSet = {
        let wish = getenv("KERAS_BRIDGE_ISA").flatMap { InstructionSet(rawValue: String(cString: $0)) }
        return wish.flatMap { available.contains($0) ? $0 : nil } ?? available.last ?? .reference
    }()

    var code: ck_isa {
        switch self {
        case .reference: CK_REFERENCE
        case .neon: CK_NEON
        case .avx2: CK_AVX2
        case .avx512: CK_AVX512
        case .amx: CK_AMX
        }
    }
}
