import HTTPTypes

/// What every answer tells the browser: only our own files run, nobody frames us, nothing is asked of others.
enum SecurityHeaders {
    static let fields: HTTPFields = {
        var fields = HTTPFields()
        for (name, value) in values {
            guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no field name") }
            fields[name] = value
        }
        return fields
    }()

    private static let values = [
        ("Content-Security-Policy", policy.joined(separator: "; ")),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
        ("X-Frame-Options", "DENY"),
    ]

    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ]
}
