// How long things look from outside. Whole frames that bear an envelope are 4, 16 or 64 KiB; what is inside the seal is
// filled up to fit. Nothing here is secret or checks a MAC.

/** The only lengths of a frame that bears an envelope, in bytes. */
export const FRAME_LENGTHS = [4096, 16_384, 65_536] as const
/** What every carrier puts in front of an envelope, in bytes. */
export const ENVELOPE_HEADER_LENGTH = 64
/** The only lengths of an envelope, in bytes. */
export const ENVELOPE_LENGTHS: readonly number[] = FRAME_LENGTHS.map((length) => length - ENVELOPE_HEADER_LENGTH)

export const isEnvelopeLength = (length: number): boolean => ENVELOPE_LENGTHS.includes(length)

/** The smallest envelope that holds `length` bytes, or undefined where none does. */
export const envelopeLengthFor = (length: number): number | undefined => ENVELOPE_LENGTHS.find((candidate) => candidate >= length)

/** Bytes by which padding is longer than what it pads, at the least. */
export const PADDING_OVERHEAD = 1

/** Fills content with 80 00 00 ... to `length` bytes (ISO/IEC 7816-4). Throws where there is no room. */
export const pad = (content: Uint8Array, length: number): Uint8Array => {
  if (content.length + PADDING_OVERHEAD > length) throw new Error('pad: content too long')
  const padded = new Uint8Array(length)
  padded.set(content)
  padded[content.length] = 0x80
  return padded
}

/** @returns the content, or undefined where the bytes do not end in 80 00 ... 00 */
export const unpad = (padded: Uint8Array): Uint8Array | undefined => {
  let end = padded.length - 1
  while (end >= 0 && padded[end] === 0) end--
  return padded[end] === 0x80 ? padded.subarray(0, end) : undefined
}
