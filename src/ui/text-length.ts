// How long a text is where it is sent: in bytes of UTF-8.

const encoder = new TextEncoder()

export const utf8Length = (text: string): number => encoder.encode(text).length
