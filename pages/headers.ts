/** What every answer carries, whatever it is. */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'x-frame-options': 'DENY',
} as const satisfies Readonly<Record<string, string>>;

/** Pages show what stands now, to one person. */
export const notKept = 'no-store';

/** Of files whose name holds their hash. */
export const keptForever = 'public, max-age=31536000, immutable';
