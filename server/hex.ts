// Addresses and ids as keys of maps: lower-case hexadecimal, made several times for each envelope. The same as `toHex` and
// `fromHex` of crypto/bytes, which must run without Node, several times as fast.

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')

/** @param hex as {@link hexOf} made it: it is not checked */
export const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
