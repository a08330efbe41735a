// What browsers are told about the page, with every answer: what it may load, run, show and use.

/** Hashes of the style elements that the page's own components put in: `'sha256-...'`, each with its reason. */
const STYLE_HASHES: readonly string[] = []

/** `'self'` covers ws: and wss: of the same host and port (CSP Level 3 §6.7.2.8). */
const contentSecurityPolicy = Object.entries({
  'default-src': ["'none'"],
  // WebAssembly of our own scripts, for Argon2 (docs/decisions/0066); no eval of JavaScript.
  'script-src': ["'self'", "'wasm-unsafe-eval'"],
  'style-src': ["'self'", ...STYLE_HASHES],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'media-src': ["'self'", 'blob:'],
  'connect-src': ["'self'"],
  'worker-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
  'require-trusted-types-for': ["'script'"],
  'trusted-types': ['parley'],
})
  .map(([directive, sources]) => [directive, ...sources].join(' '))
  .join('; ')

/** The camera reads a QR code and the clipboard takes a link; the page has no use for the rest. */
const permissionsPolicy = [
  ...['camera', 'clipboard-write'].map((feature) => `${feature}=(self)`),
  ...[
    'accelerometer',
    'autoplay',

    'browsing-topics',
    'display-capture',
    'encrypted-media',
    'fullscreen',
    'geolocation',
    'gyroscope',
    'hid',
    'idle-detection',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'picture-in-picture',
    'screen-wake-lock',
    'serial',
    'usb',
    'xr-spatial-tracking',
  ].map((feature) => `${feature}=()`),
].join(', ')

/** @param isSecure whether the relay itself speaks TLS; a proxy that does says Strict-Transport-Security itself */
export const securityHeaders = (isSecure: boolean): Readonly<Record<string, string>> => ({
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'permissions-policy': permissionsPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  ...(isSecure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
})
