// A QR code as one path, dark on white in every theme, as cameras want it.

import { encodeQR } from 'qr'

/** Modules of white around the code (ISO/IEC 18004 asks for four). */
const BORDER = 4

export const QrCode = ({ text, label }: { readonly text: string; readonly label: string }) => {
  const rows = encodeQR(text, 'raw', { border: BORDER, ecc: 'medium' })
  const size = rows.length
  const path = rows.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- drawn here, as no address may lead to a picture of it
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      width="100%"
      height="100%"
      shapeRendering="crispEdges"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#14201c" />
    </svg>
  )
}
