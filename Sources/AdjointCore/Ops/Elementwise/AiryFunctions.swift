import AdjointRuntime
import CKernels

/// y = Ai(x); dy/dx = Ai′(x).
package struct AiryAi: UnaryElementwise {
    package static let name = "airy_ai"
    package static let compiled = CompiledElementwise(AiryAi.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_AIRY_AI, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { .apply(ADJ_OP_AIRY_AI_PRIME, x) }
}

/// y = Ai′(x); dy/dx = x Ai(x).
package struct AiryAiPrime: UnaryElementwise {
    package static let name = "airy_ai_prime"
    package static let compiled = CompiledElementwise(AiryAiPrime.self)
    package static let needsFloatingPoint = true
    package static func value(_ x: Element) -> Element { .apply(ADJ_OP_AIRY_AI_PRIME, x) }
    package static func derivative(_ x: Element, _ y: Element) -> Element { x * .apply(ADJ_OP_AIRY_AI, x) }
}
