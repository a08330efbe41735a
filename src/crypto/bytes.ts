// Byte strings, and the brand that keeps secret ones in the worker. No arithmetic on keys happens here.

declare const secret: unique symbol
declare const kind: unique symbol

/** Bytes that must never leave the worker. The brand exists only in types; {@link asSecret} is its only source. */
export type Secret<Kind extends string> = Uint8Array & { readonly [secret]: true; readonly [kind]: Kind }

/** `T` without every member of a union in which a secret hides, however deep. `T` holds none if it extends this. */
export type NoSecret<T> = T extends { readonly [secret]: true }
  ? never
  : T extends Uint8Array | string | number | boolean | bigint | null | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? [Item] extends [NoSecret<Item>]
        ? T
        : never
      : T extends object
        ? [{ [K in keyof T]-?: [T[K]] extends [NoSecret<T[K]>] ? never : K }[keyof T]] extends [never]
          ? T
          : never
        : T

/** Marks bytes as secret. Only code that makes or reads back a key calls it. */
export const asSecret = <Kind extends string>(bytes: Uint8Array): Secret<Kind> =>
  // The brand has no run-time side: this is the one place where it is attached.
  bytes as Secret<Kind>

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Joins parts, each behind its length as four bytes big-endian, so that no two lists of parts give the same bytes. */
export const join = (...parts: readonly Uint8Array[]): Uint8Array => concat(...parts.flatMap((part) => [u32(part.length), part]))

/** Four bytes, big-endian. */
export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** Compares without leaving early, so that time tells nothing about where two strings of one length differ. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** ASCII only: labels and digits. Text of people goes through wire/codec. */
export const ascii = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => {
    const code = letter.charCodeAt(0)
    if (code > 127) throw new Error('ascii: not an ASCII letter')
    return code
  })

/** Lower-case hexadecimal: how byte strings are named in keys of maps and rows. */
export const toHex = (bytes: Uint8Array): string => {
  let hex = ''
  for (const byte of bytes) hex += hexOfByte[byte]
  return hex
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** The reverse of {@link toHex}; throws on anything else. */
export const fromHex = (hex: string): Uint8Array => {
  if (!/^([0-9a-f]{2})*$/.test(hex)) throw new Error('fromHex: not lower-case hexadecimal')
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
